//! Limits how fast one connection may send.

pub mod pausing;
pub mod setup;

use std::time::{Duration, Instant};

use crate::server::connection::Connection;
use crate::server::connection::rate_limit::pausing::pause;

/// A token bucket. A token pays for one line. A full bucket holds the tokens that it gains in a tenth of a second.
///
/// A message consumes its [cost](crate::server::connection::cost). A client over the limit is slowed down, not
/// disconnected: its thread stops reading, its socket fills, and TCP holds it back. So a client cannot flood the hub.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    per_second: f64,
    tokens: f64,
    updated_at: Instant,
}

impl RateLimiter {
    /// Consumes the cost of a message, and returns how long to pause before the next read.
    ///
    /// The message has already been handled, so even a message of many lines delays only later messages. `clock` is
    /// called only if there is a limit: in a burst of one-line frames, it would take 5 % of the server's CPU time.
    fn consume(&mut self, cost: usize, clock: impl FnOnce() -> Instant) -> Option<Duration> {
        if self.per_second.is_infinite() {
            return None;
        }
        let now = clock();
        let gained = now.saturating_duration_since(self.updated_at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.per_second / 10.0) - cost as f64;
        self.updated_at = now;
        (self.tokens < 0.0).then(|| Duration::from_secs_f64(-self.tokens / self.per_second))
    }

    /// Consumes the cost of a message. If the client sends too fast, passes its queued lines to the hub and pauses.
    pub(crate) fn throttle(&mut self, cost: usize, connection: &Connection) {
        if let Some(duration) = self.consume(cost, Instant::now) {
            pause(duration, connection);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
