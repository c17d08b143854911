//! What the two threads share of a terminal; see [`screen`](crate::client::terminal::screen) for how they use it.

use std::io;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::client::terminal::tty::write;

/// How much may wait to be drawn, in bytes: 1 MiB. A terminal that takes nothing makes the socket thread wait then.
const MAX_WAITING: usize = 1 << 20;

/// How long the threads wait for each other where that takes no time, unless one is in a wait of its own: 1 s.
const A_MOMENT: Duration = Duration::from_secs(1);

/// What both threads share of the terminal.
#[derive(Debug, Default)]
pub struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: String,
    mode: Mode,
    /// Whether the editor was woken and has not drawn yet.
    is_woken: bool,
    waker: Waker,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Mode {
    /// The `stdin` thread does something else. It will draw when it begins to edit.
    #[default]
    Between,
    /// It begins to edit, and will draw at once.
    Beginning,
    /// It edits: it draws when it is woken.
    Editing,
    /// It is to take away what is being typed, and to edit no more.
    Ending,
    /// It edits no more.
    Over,
}

/// What the socket thread does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Waker {
    #[default]
    SomethingElse,
    /// It wakes the editor.
    Waking,
    /// It still does, because a former call is not answered yet: then it does not write by itself.
    Stuck,
}

type Lock<'a> = MutexGuard<'a, Waiting>;
impl Shared {
    fn lock(&self) -> Lock<'_> {
        // Whoever panicked with it has left whole lines.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, waiting: Lock<'a>, limit: Duration) -> Lock<'a> {
        (self.changed.wait_timeout(waiting, limit))
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }

    /// Takes out what the editor is to draw above the line that is being typed. Only the editor may call it, when it
    /// draws; it does not come back if the client is ending, see [`Shared::end`].
    pub fn draw(&self) -> String {
        let mut waiting = self.lock();
        waiting.is_woken = false;
        self.changed.notify_all();
        let lines = mem::take(&mut waiting.lines);
        if waiting.mode == Mode::Beginning {
            waiting.mode = Mode::Editing;
        } else if waiting.mode == Mode::Ending {
            // It has been woken, so the rows that it had are empty, and the cursor is on the first of them. And it has
            // told the terminal to show nothing until it is through with that.
            let _ = write(&format!("\r\x1b[J{lines}\x1b[?2026l"));
            waiting.mode = Mode::Over;
            drop(waiting);
            loop {
                thread::park();
            }
        }
        lines
    }

    /// Draws what waits, and lets editing begin. Only the `stdin` thread may call it. Returns `false` if it must not.
    pub fn begin_editing(&self) -> bool {
        let mut waiting = self.lock();
        if waiting.mode != Mode::Between {
            return false;
        }
        waiting.mode = Mode::Beginning;
        self.changed.notify_all();
        let lines = mem::take(&mut waiting.lines);
        drop(waiting);
        let _ = write(&lines);
        true
    }

    /// A line was typed: nothing is drawn until the next one begins. The editor must call it before it gives the
    /// terminal its settings back.
    pub fn pause_editing(&self) {
        self.stop_waking(Mode::Between);
    }

    /// The process will be stopped, and edits on when it goes on.
    pub fn suspend(&self) {
        self.stop_waking(Mode::Beginning);
    }

    fn stop_waking(&self, mode: Mode) {
        let mut waiting = self.lock();
        if matches!(waiting.mode, Mode::Beginning | Mode::Editing) {
            waiting.mode = mode;
        }
        let deadline = Deadline::after(A_MOMENT);
        while let (Waker::Waking, Some(left)) = (waiting.waker, deadline.remaining()) {
            waiting = self.wait(waiting, left);
        }
        if waiting.waker == Waker::Waking {
            waiting.waker = Waker::Stuck;
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
        self.changed.notify_all();
        // A terminal that is gone is found out by whoever writes next.
        let _ = write(&format!("{clear}{lines}"));
    }

    /// Has the editor take away what is being typed, by `wake`: it knows how many rows that has. Then nothing will be
    /// edited any more.
    pub fn end(&self, wake: impl FnOnce()) {
        let mut waiting = self.lock();
        let mode = waiting.mode;
        if matches!(mode, Mode::Beginning | Mode::Editing) {
            waiting.mode = Mode::Ending;
            drop(waiting);
            wake();
            let deadline = Deadline::after(A_MOMENT);
            waiting = self.lock();
            while let (Mode::Ending, Some(left)) = (waiting.mode, deadline.remaining()) {
                waiting = self.wait(waiting, left);
            }
        }
        drop(waiting);
        self.end_editing("\r\x1b[J");
    }

    /// Has something drawn before all that waits, when the editor draws the next time.
    pub fn put_first(&self, text: &str) {
        self.lock().lines.insert_str(0, text);
    }

    /// Adds a line to what waits. Returns whether the editor is to be woken; then [`Shared::woken`] must be called.
    ///
    /// # Errors
    /// The terminal's, when editing is over.
    pub fn add(&self, line: &str) -> io::Result<bool> {
        let mut waiting = self.lock();
        while waiting.lines.len() > MAX_WAITING && waiting.mode != Mode::Over {
            let drawn = self.changed.wait(waiting);
            waiting = drawn.unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.mode == Mode::Over {
            // Under the lock, so that what waited comes first.
            return write(&format!("{line}\n")).map(|()| false);
        }
        waiting.lines.push_str(line);
        waiting.lines.push('\n');
        let wakes = waiting.mode == Mode::Editing && !waiting.is_woken;
        if wakes {
            waiting.is_woken = true;
            waiting.waker = Waker::Waking;
        }
        Ok(wakes)
    }

    /// The editor has been woken.
    pub fn woken(&self) {
        self.lock().waker = Waker::SomethingElse;
        self.changed.notify_all();
    }
}
