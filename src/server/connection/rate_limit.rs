//! How fast one connection may talk.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::base::deadline::Deadline;
use crate::server::net::socket::Socket;

/// How long a pause lasts at most before it is seen whether the connection still goes on: 1 s.
const LIVENESS_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// An allowance of lines that grows with time, up to a tenth of a second's worth.
///
/// A message takes from it what it [costs](crate::server::connection::cost). A client over the limit is slowed down, not disconnected: its
/// thread stops reading, its socket fills, and TCP holds it back. So a flood costs the others a bounded share of the hub's
/// time.
#[derive(Debug)]
pub struct RateLimiter {
    per_second: f64,
    allowance: f64,
    counted: Instant,
}

impl RateLimiter {
    /// So many lines a second, beginning at `now`; 0 is no limit.
    pub fn new(per_second: u64, now: Instant) -> RateLimiter {
        let per_second = if per_second == 0 {
            f64::INFINITY
        } else {
            per_second as f64
        };
        RateLimiter {
            per_second,
            allowance: per_second / 10.0,
            counted: now,
        }
    }

    /// Counts what a message has cost, and returns how long to pause before the next one is read.
    ///
    /// It is counted after it has taken effect, so a message of many lines is never held back by itself.
    pub fn consume(&mut self, cost: usize, now: Instant) -> Option<Duration> {
        if self.per_second.is_infinite() {
            return None;
        }
        let grown = now.saturating_duration_since(self.counted).as_secs_f64() * self.per_second;
        self.allowance = (self.allowance + grown).min(self.per_second / 10.0) - cost as f64;
        self.counted = now;
        (self.allowance < 0.0).then(|| Duration::from_secs_f64(-self.allowance / self.per_second))
    }

    /// Counts what a message has cost, and pauses before the next one is read. The pause ends early if the server stops,
    /// if another thread ends this connection, and if the peer has nothing more to say.
    pub fn throttle(&mut self, cost: usize, socket: &Socket, stop: &Receiver<Infallible>) {
        let Some(pause) = self.consume(cost, Instant::now()) else {
            return;
        };
        let deadline = Deadline::after(pause);
        while let (Some(left), None) = (deadline.remaining(), socket.ending()) {
            let stop = stop.recv_timeout(left.min(LIVENESS_CHECK_INTERVAL));
            if stop == Err(RecvTimeoutError::Disconnected) || socket.has_nothing_more() {
                return;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
