//! How a connection's rate limiter is made.

use std::time::Instant;

use crate::server::connection::rate_limit::RateLimiter;

impl RateLimiter {
    /// Makes a full bucket that gains `per_second` tokens per second from `now` on. A `per_second` of 0 means no limit.
    pub fn new(per_second: u64, now: Instant) -> RateLimiter {
        let per_second = if per_second == 0 {
            f64::INFINITY
        } else {
            per_second as f64
        };
        RateLimiter {
            per_second,
            tokens: per_second / 10.0,
            updated_at: now,
        }
    }
}
