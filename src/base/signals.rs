//! Handles the signals that ask a program to end: SIGINT, SIGTERM and SIGHUP. Lists the other signals that end a
//! program.

use std::fs;
use std::io;
use std::sync::Arc;

use nix::sys::signal::{SigSet, Signal};

/// The signals returned by [`ending`] that exist on every Unix. On Linux, [`ending`] adds others.
const ENDING: [Signal; 12] = [
    Signal::SIGABRT,
    Signal::SIGALRM,
    Signal::SIGBUS,
    Signal::SIGPROF,
    Signal::SIGQUIT,
    Signal::SIGSYS,
    Signal::SIGTRAP,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGVTALRM,
    Signal::SIGXCPU,
    Signal::SIGXFSZ,
];

/// Calls the handler on each SIGINT, SIGTERM and SIGHUP, from the thread `ctrl-c` of the crate ctrlc.
///
/// On Linux, a signal that was ignored when the program began stays ignored: SIGHUP under `nohup`, SIGINT after `&` in
/// a non-interactive shell. ctrlc handles all three, so this function blocks the ignored ones first. A thread inherits
/// the blocked signals of the thread that starts it, so call this before you start any other thread.
///
/// # Errors
/// Fails if the system rejects the signal mask or the handler, or on a second call.
pub fn handle(handler: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    let ignored = ignored();
    let to_block: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]
        .into_iter()
        .filter(|signal| contains(ignored, *signal as i32))
        .collect();
    to_block.thread_block().map_err(ctrlc::Error::from)?;
    ctrlc::set_handler(handler)
}

/// Returns the signals, other than SIGINT, SIGTERM and SIGHUP, that end a process by default. A program that must clean
/// up first can handle them.
///
/// The list leaves out SIGKILL, which cannot be handled, and SIGPIPE, which Rust ignores. It leaves out SIGILL, SIGFPE
/// and SIGSEGV, which signal-hook refuses to handle. On Linux, it also leaves out signals that were ignored when the
/// program began.
pub fn ending() -> impl Iterator<Item = i32> {
    // On most Linux machines, these are SIGSTKFLT, SIGIO, SIGPWR and the real-time signals.
    let on_linux = [16, 29, 30].into_iter().chain(34..=64);
    let on_linux = on_linux.filter(|_| cfg!(target_os = "linux"));
    let signals = ENDING.map(|signal| signal as i32).into_iter();
    let ignored = ignored();
    signals
        .chain(on_linux)
        .filter(move |signal| !contains(ignored, *signal))
}

/// Makes a write beyond the file size limit (`ulimit -f`) fail with `FileTooLarge`, so that a program can handle it
/// like a full disk. By default, the signal SIGXFSZ kills the process.
///
/// # Errors
/// Fails if the system rejects the handler.
pub fn fail_at_file_size_limit() -> io::Result<()> {
    // Nothing reads the flag. But once SIGXFSZ has a handler, a write beyond the limit returns an error.
    signal_hook::flag::register(Signal::SIGXFSZ as i32, Arc::default())?;
    Ok(())
}

/// Returns the mask of the ignored signals. Only on Linux can a program read it without unsafe code. On other systems, this
/// function returns 0.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Returns whether a mask contains a signal. A mask can contain the signals 1 to 64.
fn contains(mask: u64, signal: i32) -> bool {
    (1..=64).contains(&signal) && mask >> (signal - 1) & 1 == 1
}
