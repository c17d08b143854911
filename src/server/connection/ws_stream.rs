//! The stream that tungstenite uses. Its reads come from the socket, and its writes go to the hub ([`pongs`]).
//!
//! tungstenite answers Pings by itself. If it wrote to the socket, a Pong could land inside a block that a writer is
//! sending. It could also overtake the receipts of earlier lines.

pub mod pongs;
pub mod setup;
pub mod throttling;

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;

use crate::base::frame::scanner::FrameScanner;
use crate::server::connection::Connection;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::net::uptake::Uptake;

/// The size of one read from the socket while a client sends a lot: 4 KiB.
const READ_AHEAD: usize = 4 * 1024;

/// A connection as a stream of bytes.
#[derive(Debug)]
pub(crate) struct WsStream<'a> {
    connection: &'a Connection,
    /// Whether a Ping has been sent since bytes last arrived from the peer.
    ping_outstanding: bool,
    /// How much the peer had received at the last read timeout. `None` if this is unknown.
    uptake: Option<Uptake>,
    rate_limiter: RateLimiter,
    /// Bytes that tungstenite has not read yet. The buffer uses no memory while the peer is silent.
    buffered: VecDeque<u8>,
    /// Whether the last read(2) filled its buffer, so there is probably more.
    expects_more: bool,
    frames: FrameScanner,
    /// How many frames arrived with the last read and are not yet counted as part of a message.
    uncounted_frames: usize,
}

impl WsStream<'_> {
    /// Waits for bytes, and reads at most 128 of them, or at most 4 KiB while the client sends a lot. Most clients are
    /// usually silent, and a large idle buffer would be a quarter of a connection's memory.
    fn read_socket(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // This frees the old buffer before the wait.
        self.buffered = VecDeque::new();
        if !mem::take(&mut self.expects_more) {
            let length = self.connection.socket.read(buffer)?;
            self.expects_more = length == buffer.len();
            return Ok(length);
        }
        let mut bytes = vec![0; READ_AHEAD];
        let length = self.connection.socket.read(&mut bytes)?;
        self.expects_more = length == READ_AHEAD;
        bytes.truncate(length);
        self.buffered = bytes.into();
        self.buffered.read(buffer)
    }
}

impl Read for WsStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.throttle_uncounted();
        let length = if self.buffered.is_empty() {
            // All lines of the last read(2) are queued: tungstenite has no whole frame left. Send them before the wait.
            self.connection.send_lines();
            self.read_socket(buffer)?
        } else {
            self.buffered.read(buffer)?
        };
        self.uncounted_frames = self.frames.count(&buffer[..length]);
        // A connection that is ending does not wait for the rest of a frame, which could arrive a byte at a time.
        if self.connection.socket.disconnect_reason().is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.ping_outstanding = false;
        Ok(length)
    }
}
