//! A point in time at which a wait ends.

use std::time::{Duration, Instant};

/// One time budget for any number of waits: each wait gets what is left.
///
/// A timeout bounds one read. A peer that sends a byte a second never exceeds it, and never finishes. A deadline bounds all
/// reads together.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// Makes a deadline that is over when `budget` has passed.
    pub fn after(budget: Duration) -> Self {
        Deadline(Instant::now() + budget)
    }

    /// Returns what is left, or `None` once the deadline is over. Never zero, which `set_read_timeout` would reject.
    pub fn remaining(self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Makes a deadline that is over at `moment`.
    pub(crate) fn at(moment: Instant) -> Self {
        Deadline(moment)
    }

    /// Returns the moment itself, for `recv_deadline`.
    pub(crate) fn instant(self) -> Instant {
        self.0
    }
}
