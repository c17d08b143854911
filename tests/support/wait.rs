//! Waiting for a state that no event announces.

use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;

use super::process::TIMEOUT;

/// The pause between two checks. Without a pause, the checks take a core from the program under test.
pub const CHECK_INTERVAL: Duration = Duration::from_millis(1);

/// Measures again and again until a measurement is as it should be, ten times at most. A busy machine makes some of them
/// late, a fault makes all of them late.
#[track_caller]
pub fn once_in_ten<T: std::fmt::Debug>(mut measure: impl FnMut() -> T, is_so: impl Fn(&T) -> bool) {
    let mut measured = Vec::new();
    for _ in 0..10 {
        measured.push(measure());
        if measured.last().is_some_and(&is_so) {
            return;
        }
    }
    panic!("never as it should be: {measured:?}");
}

/// Calls `look` again and again until `is_so` accepts the result. It is for states without an event, such as the end of
/// a thread.
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
