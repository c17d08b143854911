//! A point in time that a wait may not outlast.

use std::time::{Duration, Instant};

/// One budget over any number of waits: each wait asks for what is left.
///
/// A timeout that is set anew for every `read` bounds one read. A peer that sends a byte a second never exceeds it, and
/// never finishes. A deadline bounds the whole.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline that is over when `budget` from now has passed.
    pub fn after(budget: Duration) -> Self {
        Deadline(Instant::now() + budget)
    }

    /// What is left, or `None` once the deadline is over. Never zero, which `set_read_timeout` would refuse.
    pub fn remaining(self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The deadline that is over at this moment.
    pub fn at(moment: Instant) -> Self {
        Deadline(moment)
    }

    /// The moment itself, for `recv_deadline`.
    pub fn instant(self) -> Instant {
        self.0
    }
}
