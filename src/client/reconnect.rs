//! When a client connects again, and how the server recognizes it then.

use std::time::Duration;

use tungstenite::handshake::client::generate_key;

use crate::client::timeouts::Timeouts;

/// The longest time to wait that a server may ask for: an hour.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

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

/// A secret that distinguishes us from other clients of our name: 22 of `A-Za-z0-9-`. It is unguessable.
pub(crate) fn random_key() -> String {
    // Without the padding and the two characters of base64 that a URL would encode.
    let key = generate_key();
    key.trim_end_matches('=').replace(['+', '/'], "-")
}
