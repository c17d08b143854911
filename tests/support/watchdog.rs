//! A limit on the time of a test, so that no test hangs.

use std::any;
use std::io::{self, Write};
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::process::kill_all;

/// Runs `body` on this thread. If it takes longer than `limit`, names the test on stderr and aborts the process.
///
/// A test that hangs sits in a system call or a lock, and no other thread can end it. So the process ends, after the
/// programs that it has started.
pub fn within<T, F: FnOnce() -> T>(limit: Duration, body: F) -> T {
    // The closure's type contains the test's name. The thread's name does not with `--test-threads=1`.
    let test = any::type_name::<F>().replace("::{{closure}}", "");
    // Dropping `_over` reports the end of the body, also after a panic.
    let (_over, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            // `eprintln!` would be captured by the test harness, and an aborted process never shows that.
            let _ = writeln!(io::stderr(), "{test} took longer than {limit:?}");
            kill_all();
            process::abort();
        }
    });
    body()
}
