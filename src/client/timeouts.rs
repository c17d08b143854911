//! How long the client waits for the server.

use std::time::Duration;

/// How long each wait for the server may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The limit for looking up the address, connecting, and the handshakes, all together.
    pub connect: Duration,
    /// How long a write may make no progress because the server does not read.
    pub write: Duration,
    /// How long the server may send no frame before the client sends a Ping. This limit and the next two do not count
    /// the time in which the client waits for the reader of its output.
    pub ping_after: Duration,
    /// How long the server may send no frame after a Ping before the connection counts as lost.
    pub pong: Duration,
    /// How long the server may send frames but no receipt, after the input has ended or while too many lines are in flight
    /// ([`MAX_IN_FLIGHT`](crate::client::resume::pending_lines::MAX_IN_FLIGHT)). It is also the limit for the replay at
    /// the beginning of a connection.
    pub overdue: Duration,
    /// How long the client tries to reconnect after the input has ended.
    pub away: Duration,
    /// The longest wait before the first attempt to reconnect. On average, the wait is three quarters of this.
    pub retry_first: Duration,
    /// The longest wait before any attempt, unless the server asks for more. After a connection that lasted this long,
    /// the waits begin with `retry_first` again.
    pub retry_most: Duration,
    /// How long the client waits after its Close for the server's Close and the end of the stream.
    pub goodbye: Duration,
}

impl Timeouts {
    /// Returns how long to wait before an attempt to reconnect. The time is random, so that the clients of a restarted
    /// server do not all reconnect at the same moment. It is at least half of a limit that doubles with each attempt, and
    /// at most the whole limit (RFC 6455, section 7.2.3). `random` is from 0 to 1.
    pub fn backoff(&self, attempts: u32, random: f64) -> Duration {
        let factor = 2_u32.saturating_pow(attempts);
        let most = self.retry_first.saturating_mul(factor);
        let half = most.min(self.retry_most) / 2;
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
            overdue: Duration::from_secs(60),
            away: Duration::from_secs(60),
            retry_first: Duration::from_secs(1),
            retry_most: Duration::from_secs(30),
            goodbye: Duration::from_secs(3),
        }
    }
}
