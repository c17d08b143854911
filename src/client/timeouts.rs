//! How long the client waits for the server.

use std::time::Duration;

/// The timeouts of a client, and the limits of its waits between attempts to reconnect.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The timeout for connecting to one URL: the address lookup, TCP, TLS and the handshake together.
    pub connect: Duration,
    /// How long the client waits for a stalled write to make progress before the connection counts as lost.
    pub write: Duration,
    /// How long the server may be silent before the client sends a Ping. While the client is blocked in a write to its
    /// output, `ping_after`, `pong` and `receipt` have no effect.
    pub ping_after: Duration,
    /// How long the client waits for a frame after a Ping before the connection counts as lost.
    pub pong: Duration,
    /// How long the client waits for a receipt before it gives up. It waits only after the input has ended, or while too
    /// many lines are pending ([`MAX_IN_FLIGHT`](crate::client::resume::pending_lines::MAX_IN_FLIGHT)). This is also the
    /// timeout of the replay at the beginning of a connection.
    pub receipt: Duration,
    /// How long the client tries to reconnect after the input has ended.
    pub reconnect: Duration,
    /// The maximum wait before the first attempt to reconnect. The average wait is three quarters of this maximum.
    pub first_backoff: Duration,
    /// The maximum wait before an attempt to reconnect, unless the server asks for more. If lines could be sent on a
    /// connection for this long, the next wait is based on `first_backoff` again.
    pub max_backoff: Duration,
    /// How long the client waits, after its own Close, for the server's Close and the end of the stream.
    pub close: Duration,
}

impl Timeouts {
    /// Returns how long to wait before an attempt to reconnect. The time is random, so that the clients of a restarted server
    /// do not all reconnect at the same moment. It is between half of a limit and the whole limit, which doubles with each
    /// attempt up to `max_backoff` (RFC 6455, section 7.2.3). `random` is from 0 to 1.
    pub fn backoff(&self, attempts: u32, random: f64) -> Duration {
        let factor = 2_u32.saturating_pow(attempts);
        let most = self.first_backoff.saturating_mul(factor);
        let half = most.min(self.max_backoff) / 2;
        half + half.mul_f64(random.clamp(0.0, 1.0))
    }
}

impl Default for Timeouts {
    /// Returns the timeouts of `chat-client`.
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            write: Duration::from_secs(60),
            ping_after: Duration::from_secs(20),
            pong: Duration::from_secs(10),
            receipt: Duration::from_secs(60),
            reconnect: Duration::from_secs(60),
            first_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(30),
            close: Duration::from_secs(3),
        }
    }
}
