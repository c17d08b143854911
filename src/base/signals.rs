//! The signals that ask a program to end: SIGINT, SIGTERM and SIGHUP.

use std::fs;

use nix::sys::signal::{SigSet, Signal};

/// Has the crate ctrlc call the handler at each SIGINT, SIGTERM and SIGHUP, on its own thread `ctrl-c`.
///
/// A signal that was ignored when the program began stays without effect: SIGHUP under `nohup`, SIGINT after `&` in a plain
/// shell. ctrlc installs its handler for all three, so the ignored ones are blocked before. Threads inherit that from the
/// one that starts them, so this has to be called before any other thread is started.
///
/// # Errors
/// Those of the system, and of a second call.
pub fn handle(handler: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ignored().thread_block().map_err(ctrlc::Error::from)?;
    ctrlc::set_handler(handler)
}

/// Which of the three are ignored now, as Linux tells it. Elsewhere that cannot be asked without unsafe code, and counts as
/// none.
fn ignored() -> SigSet {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0);
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]
        .into_iter()
        .filter(|signal| mask >> (*signal as u32 - 1) & 1 == 1)
        .collect()
}
