//! The terminal's settings, which are as they were when the client ends, whatever ends it.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::panic;
use std::process;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The settings before we changed them.
static BEFORE: OnceLock<Termios> = OnceLock::new();

/// Turns off bracketed paste, which the line editor turns on.
const PASTE_OFF: &str = "\x1b[?2004l";

/// Turns it on again.
const PASTE_ON: &str = "\x1b[?2004h";

/// How long the terminal has to take that when the client ends: 1 s.
const UNTIL_TAKEN: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

/// How long it may take until a process is stopped: 100 ms.
const UNTIL_STOPPED: Duration = Duration::from_millis(100);

/// Saves the settings of the terminal on stdin. While no line is being edited, what is typed waits and is not shown, so
/// that it does not get among the lines that come.
pub fn prepare() {
    let stdin = io::stdin();
    let Ok(before) = tcgetattr(&stdin) else {
        return;
    };
    let mut settings = before.clone();
    let _ = BEFORE.set(before);
    settings.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
    let _ = tcsetattr(&stdin, OptionalActions::Now, &settings);
}

/// Gives the terminal its settings back, if they were changed. Any thread may call it, more than once.
///
/// It is what ends a client whose terminal takes nothing. So it waits for the terminal for a second at most, and not for
/// the lock of [`io::stdout`], with which another thread may wait for the terminal for ever.
pub fn restore() {
    if let Some(before) = BEFORE.get() {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        let stdout = io::stdout();
        let taken = poll(
            &mut [PollFd::new(&stdout, PollFlags::OUT)],
            Some(&UNTIL_TAKEN),
        );
        if taken.is_ok_and(|ready| ready > 0) {
            let _ = rustix::io::write(&stdout, PASTE_OFF.as_bytes());
        }
    }
}

/// Stops the process, with the terminal's settings as they were before, and comes back when it goes on, for example with
/// `fg`, with those that it has now.
pub(super) fn suspend() {
    let editing = tcgetattr(io::stdin());
    restore();
    let _ = kill_current_process_group(Signal::TSTP);
    // The signal may go to another thread, and then this one is not stopped in the call, but a moment later. It must not
    // touch the settings before: the shell puts its own in their place.
    thread::sleep(UNTIL_STOPPED);
    if let Ok(editing) = editing {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &editing);
        let _ = write(PASTE_ON);
    }
    // Whoever is stopped is not told that the terminal has another size.
    let _ = kill_process(getpid(), Signal::WINCH);
}

/// Writes to the terminal on stdout.
pub(super) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Whether lines can be edited: stdin and stdout are a terminal, and one that can do more than print.
pub fn can_edit() -> bool {
    // The ones that the line editor does not take for terminals.
    let dumb = ["dumb", "cons25", "emacs"];
    let term = env::var("TERM").unwrap_or_default();
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    is_terminal && !term.is_empty() && !dumb.contains(&term.as_str())
}

/// Makes a panic in any thread restore the terminal and end the process with 1. A bug shall not leave a terminal behind
/// in which nothing that is typed is seen, nor a client that hears but cannot be typed into.
pub fn restore_at_a_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |bug| {
        restore();
        report(bug);
        process::exit(1);
    }));
}
