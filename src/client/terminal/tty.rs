//! The terminal's settings. The client restores them before it ends, unless a signal that it cannot handle ends it.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::panic;
use std::process;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};
use signal_hook::consts::SIGWINCH;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::base::signals;

/// The terminal's settings before the client changed them.
static BEFORE: OnceLock<Termios> = OnceLock::new();

/// Turns on bracketed paste, so a newline in a paste is not Enter. [`PASTE_OFF`] turns it off and undoes `screen::CUT`.
const PASTE_ON: &str = "\x1b[?2004h";
const PASTE_OFF: &str = "\x1b[?2004l\x1b[?7h";
/// How long to wait for the terminal to accept [`PASTE_OFF`]: 1 s.
const RESTORE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long to wait for a signal to stop the process: 100 ms.
const SUSPEND_DELAY: Duration = Duration::from_millis(100);
/// The assumed size, in rows and columns, of a window that reports no usable size.
const USUAL_SIZE: (usize, usize) = (24, 80);

/// Saves the settings of the terminal on stdin. Then turns bracketed paste on, and makes the terminal pass on each key
/// immediately, without echo.
pub fn prepare() {
    if let Ok(before) = tcgetattr(io::stdin()) {
        let _ = BEFORE.set(before);
    }
    set_keys(true);
    let _ = write(PASTE_ON);
}

/// Sets whether Ctrl-C and similar keys arrive as bytes or cause signals. The terminal echoes no key in either case.
pub(super) fn set_keys(keys_as_bytes: bool) {
    let Some(mut settings) = BEFORE.get().cloned() else {
        return;
    };
    settings.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
    if keys_as_bytes {
        settings.local_modes -= LocalModes::ISIG | LocalModes::IEXTEN;
        settings.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IXON;
    }
    let _ = tcsetattr(io::stdin(), OptionalActions::Now, &settings);
}

/// Restores the terminal's settings, if they were changed. Any thread may call this function, more than once.
///
/// A client must end even if its terminal accepts no output. So this function waits at most a second for the terminal. It
/// does not lock [`io::stdout`], because a thread that holds that lock may wait for the terminal forever.
pub fn restore() {
    if let Some(before) = BEFORE.get() {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        let stdout = io::stdout();
        let mut waits = [PollFd::new(&stdout, PollFlags::OUT)];
        let limit = Timespec::try_from(RESTORE_TIMEOUT).ok();
        if poll(&mut waits, limit.as_ref()).is_ok_and(|ready| ready > 0) {
            let _ = rustix::io::write(&stdout, PASTE_OFF.as_bytes());
        }
    }
}

/// Restores the terminal's settings and stops the process. When the process continues, for example after `fg`, applies the
/// client's settings again.
pub(super) fn suspend() {
    restore();
    let _ = kill_current_process_group(Signal::TSTP);
    // If another thread receives the signal, this thread stops only a moment after the call. Until then, it must not
    // change the settings, because the shell is about to apply its own.
    thread::sleep(SUSPEND_DELAY);
    prepare();
}

/// Waits for keys, and returns how many bytes were read: at least one, or 0 if the terminal is gone.
pub(super) fn read(bytes: &mut [u8]) -> io::Result<usize> {
    // Do not use the buffer of `io::stdin`, which would keep some bytes of a paste for the next call.
    let read = || rustix::io::read(io::stdin(), &mut *bytes);
    Ok(rustix::io::retry_on_intr(read)?)
}

/// Writes to the terminal on stdout.
pub(super) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Returns the window's rows and columns, or [`USUAL_SIZE`] if the window reports no usable size.
pub(super) fn size() -> (usize, usize) {
    let size = tcgetwinsize(io::stdout()).ok();
    let size = size.filter(|size| size.ws_row > 0 && size.ws_col > 3);
    size.map_or(USUAL_SIZE, |size| (size.ws_row.into(), size.ws_col.into()))
}

/// Starts a thread that waits for signals. It calls `on_resize` when the window's size changes, and restores the terminal
/// before a signal ends the process. The binary handles SIGINT, SIGTERM and SIGHUP, because it must first leave the room.
pub(super) fn handle_signals(on_resize: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut caught = Signals::new([SIGWINCH])?;
    for signal in signals::ending() {
        // This may fail, because the C library reserves some signals.
        let _ = caught.handle().add_signal(signal);
    }
    let handle = move || {
        for signal in &mut caught {
            if signal == SIGWINCH {
                on_resize();
            } else {
                restore();
                let _ = emulate_default_handler(signal);
                // signal-hook does not know all signals. For the rest, exit with the status that a shell would show.
                process::exit(128 + signal);
            }
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(handle).map(|_| ())
}

/// Returns whether the line editor can be used: stdin and stdout are a terminal that can move its cursor.
pub fn can_edit() -> bool {
    let dumb = ["", "dumb", "cons25", "emacs"];
    let is_dumb = dumb.contains(&&*env::var("TERM").unwrap_or_default());
    !is_dumb && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Makes a panic in any thread restore the terminal and end the process with exit code 1. Otherwise a bug could leave
/// behind a terminal that shows no keys, or a client that ignores them.
pub fn restore_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |bug| {
        restore();
        report(bug);
        process::exit(1);
    }));
}
