//! How long a write waits for its peer.

use std::time::Duration;

/// The minimum rate at which a peer must accept bytes: 1 KiB per second. A slower peer would hold a permit that others
/// need.
const MIN_RATE: f64 = 1024.0;

/// Returns the maximum number of waits in a write of `bytes` bytes: one more than a peer needs at 1 KiB per second.
///
/// A write counts its waits instead of reading a clock, because a peer is not at fault while this process is stopped
/// (SIGSTOP).
pub fn max_waits(bytes: usize, write_timeout: Duration) -> usize {
    let needed = bytes as f64 / MIN_RATE / write_timeout.as_secs_f64();
    (needed.ceil() as usize).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::server::net::write_half::write_limits::max_waits;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn max_waits_demands_at_least_1_kib_per_second() {
        let seconds = Duration::from_secs;
        for (bytes, timeout, expected) in [
            (0, seconds(10), 1),
            (1, seconds(10), 2),
            (10 * 1024, seconds(10), 2),
            (10 * 1024 + 1, seconds(10), 3),
            (MIB, seconds(10), 104),
            (MIB, Duration::from_millis(1), 1_024_001),
            (MIB, seconds(86_400), 2),
            (MIB, Duration::MAX, 2),
        ] {
            assert_eq!(
                max_waits(bytes, timeout),
                expected,
                "{bytes} bytes, {timeout:?}"
            );
        }
    }
}
