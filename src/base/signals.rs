//! The signals that ask a program to end: SIGINT, SIGTERM and SIGHUP.

use std::fs;
use std::io;
use std::sync::Arc;

use nix::sys::signal::{SigSet, Signal};

/// Calls the handler on each SIGINT, SIGTERM and SIGHUP, on the thread `ctrl-c` of the crate ctrlc.
///
/// A signal that was ignored when the program began stays ignored: SIGHUP under `nohup`, SIGINT after `&` in a
/// non-interactive shell. ctrlc handles all three, so this function blocks the ignored ones first. A thread inherits
/// the blocked signals of the thread that starts it, so call this before you start any other thread.
///
/// # Errors
/// The errors of the system. A second call is an error, too.
pub fn handle(handler: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    ignored().thread_block().map_err(ctrlc::Error::from)?;
    ctrlc::set_handler(handler)
}

/// Makes a write beyond the limit on the size of files (`ulimit -f`) fail with `FileTooLarge`, as on a full disk. By
/// default, the signal SIGXFSZ kills the process.
///
/// # Errors
/// The errors of the system.
pub fn fail_at_file_size_limit() -> io::Result<()> {
    // The flag that the handler sets is never read. The handler exists so that the write returns an error.
    signal_hook::flag::register(Signal::SIGXFSZ as i32, Arc::default())?;
    Ok(())
}

/// Returns which of the three are ignored now. Only Linux shows this without unsafe code. Elsewhere the set is empty.
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
