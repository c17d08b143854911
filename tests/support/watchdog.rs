//! A time limit for a test, so that no test hangs.

use std::any;
use std::io::{self, Write};
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::process::kill_all;

/// Runs `body` on this thread. If `body` takes longer than `limit`, prints the test's name on stderr and aborts the
/// process.
///
/// A hanging test waits in a system call or for a lock, and no other thread can end that wait. Therefore the watchdog
/// kills every [`Program`](super::process::Program) of this process, and then the process itself.
pub fn within<T, F: FnOnce() -> T>(limit: Duration, body: F) -> T {
    // The closure's type contains the test's name. With `--test-threads=1`, the thread's name does not.
    let test = any::type_name::<F>().replace("::{{closure}}", "");
    // Dropping `_over` signals the end of the body, even after a panic.
    let (_over, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            // The test harness would capture `eprintln!`, and an aborted process never shows captured output.
            let _ = writeln!(io::stderr(), "{test} took longer than {limit:?}");
            kill_all();
            process::abort();
        }
    });
    body()
}
