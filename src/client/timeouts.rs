//! How long the client waits for the server.

use std::time::Duration;

/// How long each wait for the server may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the address, the connection and the handshake together.
    pub connect: Duration,
    /// For the server to take something of a frame that we write.
    pub write: Duration,
    /// How long the server may send no frame before we send a Ping. Time in which we wait for the reader of our output
    /// does not count, here and below.
    pub ping_after: Duration,
    /// How long no frame may come after a Ping before the connection counts as lost.
    pub pong: Duration,
    /// For a receipt when all is typed, or when no more lines may be in flight
    /// ([`MAX_IN_FLIGHT`](crate::client::resume::pending_lines::MAX_IN_FLIGHT)), while the server sends other things.
    /// Also for the whole replay at the beginning of a connection.
    pub overdue: Duration,
    /// For a new connection, when all is typed and the old one is lost.
    pub away: Duration,
    /// The longest wait before the first attempt to connect again. On average it is three quarters of this.
    pub retry_first: Duration,
    /// The longest wait before any attempt, unless the server asks for more. After a connection that lasted this long,
    /// the waits begin with `retry_first` again.
    pub retry_most: Duration,
    /// From our Close to the server's and the end of the stream.
    pub goodbye: Duration,
}

impl Timeouts {
    /// How long to wait before an attempt to connect again: a random time, so that not all clients of a server that
    /// restarts come at once. It is between a half and the whole of a limit that doubles with each attempt (RFC 6455,
    /// section 7.2.3). `random` is 0 to 1.
    pub fn backoff(&self, attempts: u32, random: f64) -> Duration {
        let most = self
            .retry_first
            .saturating_mul(2_u32.saturating_pow(attempts));
        let half = most.min(self.retry_most) / 2;
        half + half.mul_f64(random.clamp(0.0, 1.0))
    }
}

impl Default for Timeouts {
    /// 10 s, 60 s, 20 s, 10 s, 60 s, 60 s, 1 s, 30 s and 3 s.
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
