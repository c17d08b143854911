//! How long a write waits for its peer.

use std::time::Duration;

/// The minimum rate at which a peer must accept bytes: 1 KiB per second. A slower peer would hold a permit that others
/// need.
const LOWEST_RATE: f64 = 1024.0;

/// Returns how many write timeouts a peer may use for `bytes`: one more than it needs at 1 KiB per second.
///
/// This counts timeouts instead of reading a clock, because a peer is not at fault while this process is stopped
/// (SIGSTOP).
pub fn max_waits(bytes: usize, write_timeout: Duration) -> usize {
    let needed = bytes as f64 / LOWEST_RATE / write_timeout.as_secs_f64();
    (needed.ceil() as usize).saturating_add(1)
}
