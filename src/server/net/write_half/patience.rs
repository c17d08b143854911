//! How long a write waits for its peer.

use std::time::Duration;

/// The slowest rate that a peer may take bytes at: 1 KiB a second. A slower peer keeps a permit that others need.
const LOWEST_RATE: f64 = 1024.0;

/// Returns how many write timeouts a peer has for `bytes`: one more than it needs at 1 KiB a second.
///
/// This counts timeouts and reads no clock, because a peer is not at fault while this process is stopped (SIGSTOP).
pub fn max_waits(bytes: usize, write_timeout: Duration) -> usize {
    let needed = bytes as f64 / LOWEST_RATE / write_timeout.as_secs_f64();
    (needed.ceil() as usize).saturating_add(1)
}
