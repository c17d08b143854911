//! The signals that concern a terminal which is edited in.

use std::io;
use std::thread;

use signal_hook::consts::{SIGABRT, SIGALRM, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::client::terminal::shared_screen::SharedScreen;
use crate::client::terminal::tty;

/// Draws anew when the window has another size, and restores the terminal before a signal ends the process.
///
/// It is a thread of its own that blocks until there is one. SIGINT, SIGTERM and SIGHUP are not among them: they say
/// goodbye, which the binary does.
///
/// # Errors
/// If the system gives us no thread or no handler.
pub fn handle(screen: SharedScreen) -> io::Result<()> {
    let mut signals = Signals::new([SIGWINCH, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGABRT])?;
    let handle = move || {
        for signal in &mut signals {
            if signal == SIGWINCH {
                // A terminal that takes nothing more is found out by the socket thread.
                let _ = screen.lock().draw();
                continue;
            }
            tty::restore();
            let _ = emulate_default_handler(signal);
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(handle).map(|_| ())
}
