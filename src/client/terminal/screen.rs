//! A terminal in which a line is being typed: what comes appears above it.
//!
//! Only the `stdin` thread, which edits, writes to the terminal. The socket thread puts lines into `Waiting` and wakes
//! the editor; whenever the editor draws, it draws these lines first. So they keep their order, and never meet what is
//! being typed. When editing is over, the socket thread writes by itself.
//!
//! rustyline's own way is to hand it the line through its `ExternalPrinter`. But a line that it gets just when Enter is
//! pressed stays in there until the next line is typed, behind lines that come later. So all that we hand it is a
//! `NOTHING` that makes it draw.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustyline::ExternalPrinter;

use crate::client::paint;
use crate::client::show::Show;

/// How much may wait to be drawn, in bytes: 1 MiB. A terminal that takes nothing makes the socket thread wait then.
const MAX_WAITING: usize = 1 << 20;

/// Up and down again: what the editor prints when it is woken. (It adds a newline where there is none.)
const NOTHING: &str = "\x1b[A\n";

/// What both threads share of the terminal.
#[derive(Debug, Default)]
pub struct Shared {
    waiting: Mutex<Waiting>,
    drawn: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: String,
    mode: Mode,
    /// Whether the editor was woken and has not drawn yet.
    is_woken: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Mode {
    /// The `stdin` thread will begin to edit soon, and will draw then.
    #[default]
    Between,
    /// It edits: it draws when it is woken.
    Editing,
    /// It edits no more.
    Over,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Whoever panicked with it has left whole lines.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out what is to be drawn above the line that is being typed.
    pub fn take(&self) -> String {
        let mut waiting = self.lock();
        waiting.is_woken = false;
        self.drawn.notify_all();
        mem::take(&mut waiting.lines)
    }

    /// Draws what waits, and lets editing begin. Only the `stdin` thread may call it.
    pub fn begin_editing(&self) {
        let lines = self.take();
        let _ = write(&lines);
        let mut waiting = self.lock();
        if waiting.mode == Mode::Between {
            waiting.mode = Mode::Editing;
        }
    }

    /// A line was typed: nothing is drawn until the next one begins.
    pub fn pause_editing(&self) {
        let mut waiting = self.lock();
        if waiting.mode == Mode::Editing {
            waiting.mode = Mode::Between;
        }
    }

    /// Nothing will be edited any more. `clear` takes away the line that was being typed.
    pub fn end_editing(&self, clear: &str) {
        let mut waiting = self.lock();
        if waiting.mode == Mode::Over {
            return;
        }
        waiting.mode = Mode::Over;
        let lines = mem::take(&mut waiting.lines);
        self.drawn.notify_all();
        // A terminal that is gone is found out by whoever writes next.
        let _ = write(&format!("{clear}{lines}"));
    }

    /// Adds a line to what waits. Returns whether the editor is to be woken.
    ///
    /// # Errors
    /// The terminal's, when editing is over.
    fn add(&self, line: &str) -> io::Result<bool> {
        let mut waiting = self.lock();
        while waiting.lines.len() > MAX_WAITING && waiting.mode != Mode::Over {
            waiting = self
                .drawn
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.mode == Mode::Over {
            // Under the lock, so that what waited comes first.
            return write(&format!("{line}\n")).map(|()| false);
        }
        waiting.lines.push_str(line);
        waiting.lines.push('\n');
        let wakes = waiting.mode == Mode::Editing && !waiting.is_woken;
        waiting.is_woken |= wakes;
        Ok(wakes)
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Shows lines above the one that is being typed.
pub struct Screen<P> {
    pub(super) shared: Arc<Shared>,
    pub(super) printer: P,
    pub(super) paints: bool,
}

impl<P: ExternalPrinter> Screen<P> {
    fn add(&mut self, line: &str) -> io::Result<()> {
        if self.shared.add(line)? {
            // This may wait for the editor, which waits for nobody but keys and the terminal. It fails if editing is
            // over by now, and then what waited has been drawn.
            let _ = self.printer.print(NOTHING.to_owned());
        }
        Ok(())
    }
}

impl<P: ExternalPrinter> Show for Screen<P> {
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        self.add(&paint::line(line, own, self.paints))
    }

    fn state(&mut self, sentence: &str) {
        // The next line fails in the same way, and ends the client.
        let _ = self.add(&paint::notice(sentence, self.paints));
    }
}

/// Shows a sentence of the `stdin` thread, which draws by itself when it edits on.
pub fn tell(shared: &Shared, sentence: &str, paints: bool) {
    let _ = shared.add(&paint::notice(sentence, paints));
}
