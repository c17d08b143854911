//! How long the client waits for the server.

use std::time::Duration;

/// How long each wait for the server may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the address, the connection and the handshake together.
    pub connect: Duration,
    /// For the server to take something of a frame that we write.
    pub write: Duration,
    /// Without a word from the server while we wait for it: for a receipt, when all is typed or when so much has none
    /// that no more may be typed ([`MAX_LINES`](crate::client::memory::ledger::MAX_LINES)), and for the past at the beginning of
    /// a connection. Time in which we wait for the reader of our output does not count.
    pub receipts: Duration,
    /// For the same, if the server does say something, but not that.
    pub overdue: Duration,
    /// For a new connection, when all is typed and the old one is lost.
    pub away: Duration,
    /// Before the first attempt to connect again, at least.
    pub retry_first: Duration,
    /// Before any attempt, at most.
    pub retry_most: Duration,
    /// From our Close to the server's and the end of the stream.
    pub goodbye: Duration,
}

impl Default for Limits {
    /// 10 s, 60 s, 10 s, 60 s, 60 s, 0.5 s, 30 s and 3 s.
    fn default() -> Self {
        Limits {
            connect: Duration::from_secs(10),
            write: Duration::from_secs(60),
            receipts: Duration::from_secs(10),
            overdue: Duration::from_secs(60),
            away: Duration::from_secs(60),
            retry_first: Duration::from_millis(500),
            retry_most: Duration::from_secs(30),
            goodbye: Duration::from_secs(3),
        }
    }
}
