//! A point in time by which several waits must end.

use std::time::{Duration, Instant};

/// One time limit for several waits together.
///
/// A socket's read timeout bounds a single read. A peer that sends one byte a second never exceeds such a timeout, and
/// never finishes. A deadline bounds all reads together.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// Makes a deadline that expires after `budget`.
    pub fn after(budget: Duration) -> Self {
        Deadline(Instant::now() + budget)
    }

    /// Returns the time that is left, or `None` once the deadline has expired. Never returns zero, which
    /// `set_read_timeout` rejects.
    pub fn remaining(self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Makes a deadline that expires at `moment`.
    pub(crate) fn at(moment: Instant) -> Self {
        Deadline(moment)
    }

    /// Returns the moment at which the deadline expires, for a wait on a channel.
    pub(crate) fn instant(self) -> Instant {
        self.0
    }
}
