//! Waits for states that cause no event, and helps tests to tolerate a busy machine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use blocking_chat::base::deadline::Deadline;

use super::process::TIMEOUT;

/// The pause between two checks. Without a pause, the checks would occupy a core that the program under test needs.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(1);

/// The pace of a client that reads a fixed number of bytes per millisecond. If the client is late, it reads without a
/// pause until it has caught up.
pub struct Pace {
    begun: Instant,
    bytes_per_millisecond: usize,
}

impl Pace {
    /// Starts the clock.
    pub fn new(bytes_per_millisecond: usize) -> Pace {
        let begun = Instant::now();
        Pace {
            begun,
            bytes_per_millisecond,
        }
    }

    /// Waits until a client at this pace would have read `bytes` bytes in total.
    pub fn wait_until_due(&self, bytes: usize) {
        let due = Duration::from_millis((bytes / self.bytes_per_millisecond) as u64);
        if let Some(early) = due.checked_sub(self.begun.elapsed()) {
            thread::sleep(early);
        }
    }
}

/// The maximum number of times that a scenario is run.
const TRIES: usize = 5;

/// Runs a scenario whose steps must finish before a timeout of the program under test. On a busy machine, a step may
/// take too long. Therefore a scenario that fails is repeated, up to [`TRIES`] runs in total. A real fault makes every
/// run fail.
///
/// Use this function only if nothing but a delay can make a correct program fail. The scenario must start its own
/// programs, because each run needs new ones.
pub fn retry_on_delay<T>(scenario: impl Fn() -> T) -> T {
    for attempt in 1..TRIES {
        // The message of the panic is in the test's output.
        match catch_unwind(AssertUnwindSafe(&scenario)) {
            Ok(result) => return result,
            Err(_) => eprintln!("run {attempt} of at most {TRIES} failed"),
        }
    }
    scenario()
}

/// Measures up to ten times, until `accepts` returns `true` for a measurement. Panics if all ten measurements are
/// rejected. A busy machine spoils some of the measurements. A real fault spoils all of them.
#[track_caller]
pub fn assert_once_in_ten<T: std::fmt::Debug>(
    mut measure: impl FnMut() -> T,
    accepts: impl Fn(&T) -> bool,
) {
    let mut measured = Vec::new();
    for _ in 0..10 {
        measured.push(measure());
        if measured.last().is_some_and(&accepts) {
            return;
        }
    }
    panic!("none of the measurements is as expected: {measured:?}");
}

/// Calls `poll` repeatedly until `accepts` returns `true` for the result, and returns that result. Panics after
/// [`TIMEOUT`]. Use this function for a state that causes no event, such as the end of a thread.
#[track_caller]
pub fn until<T: std::fmt::Debug>(mut poll: impl FnMut() -> T, accepts: impl Fn(&T) -> bool) -> T {
    let deadline = Deadline::after(TIMEOUT);
    loop {
        let seen = poll();
        if accepts(&seen) {
            return seen;
        }
        assert!(deadline.remaining().is_some(), "it is still {seen:?}");
        thread::sleep(CHECK_INTERVAL);
    }
}
