//! How long to wait before a connection is made anew.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::client::limits::Limits;

/// How long to wait before an attempt: a random time, so that not all clients of a server that restarts come at once;
/// its upper limit doubles with each attempt (RFC 6455, section 7.2.3). `random` is 0 to 1.
pub fn pause(limits: &Limits, attempts: u32, random: f64) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_add(1));
    let most = limits
        .retry_first
        .saturating_mul(doubled)
        .min(limits.retry_most);
    let spread = most.saturating_sub(limits.retry_first);
    limits.retry_first + spread.mul_f64(random.clamp(0.0, 1.0))
}

/// A random number from 0 to 1. It need not be unguessable.
pub fn random() -> f64 {
    // The standard library's hash maps have random keys.
    let hash = RandomState::new().hash_one(0);
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
