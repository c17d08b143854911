//! Polling for a state that causes no event.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use blocking_chat::base::deadline::Deadline;

use super::process::TIMEOUT;

/// The pause between two checks. Without a pause, the checks would take a core from the program under test.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(1);

/// A client that reads at a steady pace. Where it was late, it reads on without a pause until it is in time again.
pub struct Pace {
    begun: Instant,
    bytes_per_millisecond: usize,
}

impl Pace {
    /// Begins now.
    pub fn new(bytes_per_millisecond: usize) -> Pace {
        let begun = Instant::now();
        Pace {
            begun,
            bytes_per_millisecond,
        }
    }

    /// Waits until it is time to have read this many bytes in all.
    pub fn wait_for(&self, bytes: usize) {
        let due = Duration::from_millis((bytes / self.bytes_per_millisecond) as u64);
        if let Some(early) = due.checked_sub(self.begun.elapsed()) {
            thread::sleep(early);
        }
    }
}

/// How often a scene is played in all if it fails.
const TRIES: usize = 5;

/// Plays a scene that has to keep up with a timeout of the program under test. A busy machine can make one of its steps
/// too late, so a scene that fails is played again, [`TRIES`] times in all. A fault makes it fail each time.
///
/// It is only for scenes that nothing but time can spoil. The scene starts its own programs.
pub fn despite_delays<T>(scene: impl Fn() -> T) -> T {
    for attempt in 1..TRIES {
        // The message of the panic is in the test's output.
        match catch_unwind(AssertUnwindSafe(&scene)) {
            Ok(result) => return result,
            Err(_) => eprintln!("it failed {attempt} times of {TRIES}"),
        }
    }
    scene()
}

/// Measures up to ten times, until `is_so` accepts a measurement. A busy machine delays some of the measurements; a
/// fault delays all of them.
#[track_caller]
pub fn once_in_ten<T: std::fmt::Debug>(mut measure: impl FnMut() -> T, is_so: impl Fn(&T) -> bool) {
    let mut measured = Vec::new();
    for _ in 0..10 {
        measured.push(measure());
        if measured.last().is_some_and(&is_so) {
            return;
        }
    }
    panic!("no measurement is as expected: {measured:?}");
}

/// Calls `look` repeatedly until `is_so` accepts the result. Use it for a state that causes no event, such as the end
/// of a thread.
#[track_caller]
pub fn until<T: std::fmt::Debug>(mut look: impl FnMut() -> T, is_so: impl Fn(&T) -> bool) -> T {
    let deadline = Deadline::after(TIMEOUT);
    loop {
        let seen = look();
        if is_so(&seen) {
            return seen;
        }
        assert!(deadline.remaining().is_some(), "it is still {seen:?}");
        thread::sleep(CHECK_INTERVAL);
    }
}
