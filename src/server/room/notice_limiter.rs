//! Decides whether a join or a leave is announced.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The largest room in which joins and leaves are announced: 100 members.
pub(crate) const MAX_MEMBERS: usize = 100;

/// The maximum number of notices within [`SPAN`]: 20.
pub const MAX_NOTICES: usize = 20;

/// The time span to which [`MAX_NOTICES`] applies: 1 s.
pub const SPAN: Duration = Duration::from_secs(1);

/// Limits the notices of joins and leaves. Without limits, ten thousand joins would cause 50 million messages.
#[derive(Debug, Default)]
pub(crate) struct NoticeLimiter {
    /// When the recent notices were sent, oldest first. [`NoticeLimiter::allow`] removes those older than [`SPAN`].
    recent: VecDeque<Instant>,
}

impl NoticeLimiter {
    /// Returns whether a notice may be sent to this many members now. An allowed notice counts toward [`MAX_NOTICES`].
    pub(crate) fn allow(&mut self, members: usize, now: Instant) -> bool {
        while self
            .recent
            .front()
            .is_some_and(|&then| now.saturating_duration_since(then) >= SPAN)
        {
            self.recent.pop_front();
        }
        let is_allowed = members <= MAX_MEMBERS && self.recent.len() < MAX_NOTICES;
        if is_allowed {
            self.recent.push_back(now);
        }
        is_allowed
    }

    /// Returns the times of the newest notices, each as the time since `start`.
    pub(crate) fn since(&self, start: Instant) -> Vec<Duration> {
        let times = self.recent.iter();
        times
            .map(|then| then.saturating_duration_since(start))
            .collect()
    }

    /// Makes a limiter from the times of the newest notices, each given as the time since `start`.
    pub(crate) fn after(start: Instant, times: &[Duration]) -> NoticeLimiter {
        let times = times.iter().filter_map(|time| start.checked_add(*time));
        NoticeLimiter {
            recent: times.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
