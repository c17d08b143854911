//! How long to wait before a connection is made anew.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::client::timeouts::Timeouts;

/// How long to wait before an attempt: a random time, so that not all clients of a server that restarts come at once.
///
/// It is between a half and the whole of a limit that doubles with each attempt (RFC 6455, section 7.2.3). `random` is
/// 0 to 1.
pub fn backoff(timeouts: &Timeouts, attempts: u32, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts);
    let most = timeouts.retry_first.saturating_mul(doubled);
    let half = most.min(timeouts.retry_most) / 2;
    half + half.mul_f64(random.clamp(0.0, 1.0))
}

/// A random number from 0 to 1. It need not be unguessable.
pub fn random() -> f64 {
    // The standard library's hash maps have random keys.
    let hash = RandomState::new().hash_one(0);
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
