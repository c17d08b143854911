//! The stream that tungstenite reads from and writes to. It reads from the socket, and writes to the hub.
//!
//! tungstenite answers a Ping by itself. If it wrote to the socket, its Pong could land inside a block that a writer is
//! sending, and overtake lines that were said earlier.

pub mod pongs;
pub mod setup;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;

use crate::base::frame::counter::FrameCounter;
use crate::server::connection::Connection;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::net::uptake::Uptake;

/// How much one read takes from the socket: 4 KiB.
const READ_AHEAD: usize = 4 * 1024;

/// A connection as a stream of bytes.
#[derive(Debug)]
pub struct WsStream<'a> {
    connection: &'a Connection,
    /// Whether a Ping has been sent since the peer was last heard.
    ping_outstanding: bool,
    /// What the peer had taken when the last read timed out.
    uptake: Option<Uptake>,
    rate_limiter: RateLimiter,
    /// What was read and tungstenite has not taken yet. It takes no memory while the peer is silent.
    ahead: VecDeque<u8>,
    frames: FrameCounter,
    /// How many frames arrived with the last read and belong to no whole message yet.
    fragments: usize,
}

impl WsStream<'_> {
    /// Counts a message that was read, and pauses if the client talks too fast.
    pub fn throttle(&mut self, cost: usize) {
        self.fragments = self.fragments.saturating_sub(1);
        self.pause(cost);
    }

    fn pause(&mut self, cost: usize) {
        self.rate_limiter.throttle(cost, self.connection);
    }

    /// Reads what has arrived, and waits for it. The buffer is made once there is something to read: most clients are
    /// silent most of the time, and a buffer for each would be a fifth of the memory of a connection.
    fn read_ahead(&self) -> io::Result<Vec<u8>> {
        let socket = &self.connection.socket;
        socket.wait_until_readable()?;
        let mut bytes = vec![0; READ_AHEAD];
        let length = socket.read(&mut bytes)?;
        bytes.truncate(length);
        Ok(bytes)
    }
}

impl Read for WsStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // tungstenite reads on while it has no whole message. The frames so far count as well: a message of empty frames
        // could go on without end.
        if self.fragments > 0 {
            let fragments = mem::take(&mut self.fragments);
            self.pause(fragments);
        }
        if self.ahead.is_empty() {
            // The old buffer goes before the wait, not after it.
            self.ahead = VecDeque::new();
            self.ahead = self.read_ahead()?.into();
        }
        let socket = &self.connection.socket;
        let length = self.ahead.read(buffer)?;
        self.fragments = self.frames.count(&buffer[..length]);
        // The rest of a frame is not awaited once the connection ends: a peer could send it a byte at a time.
        if socket.disconnect_reason().is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.ping_outstanding = false;
        Ok(length)
    }
}
