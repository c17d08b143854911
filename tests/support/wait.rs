//! Waiting for what nobody announces.

use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;

use super::process::SOON;

/// How long to wait before looking again. Looking without a pause takes a core from what is looked at.
pub const A_MOMENT: Duration = Duration::from_millis(1);

/// Looks again and again until it is so. A thread that has ended sends no word of it, so there is nothing to wait for.
#[track_caller]
pub fn until<T: std::fmt::Debug>(mut look: impl FnMut() -> T, is_so: impl Fn(&T) -> bool) -> T {
    let deadline = Deadline::after(SOON);
    loop {
        let seen = look();
        if is_so(&seen) {
            return seen;
        }
        assert!(deadline.remaining().is_some(), "it is still {seen:?}");
        thread::sleep(A_MOMENT);
    }
}
