//! A terminal in which a line is being typed: what comes appears above it.
//!
//! Only the `stdin` thread, which edits, writes to the terminal. The socket thread puts lines into `Waiting` and wakes
//! the editor; whenever the editor draws, it draws these lines first. So they keep their order, and never meet what is
//! being typed. When editing is over, the socket thread writes by itself.
//!
//! rustyline's own way is to hand it the line through its `ExternalPrinter`. But a line that it gets just when Enter is
//! pressed stays in there until the next line is typed, behind lines that come later. So all that we hand it is a
//! `NOTHING` that makes it draw. And if it finds nobody editing, it writes by itself: were that to happen when the next
//! line is being typed already, the cursor would leave its place. So the editor is woken only while it is known to edit,
//! and does not stop while somebody is waking it.

use std::io;
use std::sync::Arc;
use std::thread;

use rustyline::ExternalPrinter;

use crate::client::paint;
use crate::client::paint::Painter;
use crate::client::show::Show;
use crate::client::terminal::shared::Shared;

/// Up and down again: what the editor prints when it is woken. (It adds a newline where there is none.)
const NOTHING: &str = "\x1b[A\n";

/// Shows lines above the one that is being typed.
pub struct Screen<P> {
    shared: Arc<Shared>,
    printer: P,
    painter: Painter,
}

impl<P: ExternalPrinter + Send + 'static> Screen<P> {
    /// Shows lines in the terminal of `shared`; the `printer` wakes the editor in it.
    pub fn new(shared: Arc<Shared>, printer: P, paints: bool) -> Self {
        Screen {
            shared,
            printer,
            painter: Painter::new(paints),
        }
    }

    fn add(&mut self, line: &str) -> io::Result<()> {
        if self.shared.add(line)? {
            // This may wait for the editor, which waits for nobody but keys and the terminal. It fails if editing is
            // over by now, and then what waited has been drawn.
            let _ = self.printer.print(NOTHING.to_owned());
            self.shared.woken();
        }
        Ok(())
    }

    /// Nothing is to be edited any more. A thread that still does is left behind, with the terminal's settings as it
    /// has made them; what was being typed is taken away.
    pub fn end(self) {
        let mut printer = self.printer;
        self.shared.end(|| {
            // From a thread of its own, because the editor may be in the midst of a key and not come to it.
            let wake = move || printer.print(NOTHING.to_owned());
            let _ = thread::Builder::new().name("wake".to_owned()).spawn(wake);
        });
    }
}

impl<P: ExternalPrinter + Send + 'static> Show for Screen<P> {
    fn line(&mut self, line: &str, own: Option<&str>) -> io::Result<()> {
        let line = self.painter.line(line, own);
        self.add(&line)
    }

    fn state(&mut self, sentence: &str) {
        // The next line fails in the same way, and ends the client.
        let _ = self.add(&self.painter.notice(sentence));
    }
}

/// Shows a sentence of the `stdin` thread, which draws by itself when it edits on.
pub fn tell(shared: &Shared, sentence: &str, paints: bool) {
    let _ = shared.add(&paint::notice(sentence, paints));
}
