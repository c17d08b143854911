//! A limit on a test's time: no test may hang.

use std::any;
use std::io::{self, Write};
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::process::kill_all;

/// Runs `body` on this thread; if it takes longer than `limit`, names the test on stderr and aborts the process.
///
/// A test that hangs sits in a system call or a lock that nothing ends, and a thread cannot be ended from outside. So
/// the process ends, and before it the programs that it has started.
pub fn within<T, F: FnOnce() -> T>(limit: Duration, body: F) -> T {
    // The closure's type has the test's name in it; the thread's name does not with `--test-threads=1`.
    let test = any::type_name::<F>().replace("::{{closure}}", "");
    // Dropping `_over` is what says that the body has ended, also when it ends by a panic.
    let (_over, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            // Not `eprintln!`: the test harness captures that, and an aborted process never shows it.
            let _ = writeln!(io::stderr(), "{test} took longer than {limit:?}");
            kill_all();
            process::abort();
        }
    });
    body()
}
