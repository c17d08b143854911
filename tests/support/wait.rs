//! Polling for a state that causes no event.

use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;

use super::process::TIMEOUT;

/// The pause between two checks. Without a pause, the checks would take a core from the program under test.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(1);

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
