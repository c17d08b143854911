//! The stream that tungstenite is given: it reads from the socket, and what it writes goes to the hub.
//!
//! tungstenite answers a Ping by itself. If it wrote to the socket, the Pong could get between the bytes of a block that a
//! writer is sending, and arrive before lines that were said before it.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::mem;
use std::time::Instant;

use tungstenite::Bytes;
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use crate::base::frame::Counter;
use crate::server::connection::Connection;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::delivery::queue::Block;
use crate::server::hub::messages::HubMessage;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::uptake::Uptake;

/// How much is read at once: 4 KiB.
const READ_AHEAD: usize = 4 * 1024;

/// How much tungstenite gets at once: 256 bytes. It keeps a buffer of this size as long as the connection is open.
const READ_BUFFER: usize = 256;

/// A connection as a stream of bytes.
#[derive(Debug)]
pub struct WsStream<'a> {
    connection: &'a Connection,
    /// Whether nothing has been heard for half of the idle timeout, and a Ping has asked why.
    ping_outstanding: bool,
    /// What the peer had taken when the last read timed out.
    uptake: Option<Uptake>,
    rate_limiter: RateLimiter,
    /// What has been read and not yet been given to tungstenite. It takes no memory while the peer is silent.
    ahead: VecDeque<u8>,
    frames: Counter,
    /// How many frames have been read that belong to no message yet.
    fragments: usize,
}

impl<'a> WsStream<'a> {
    /// The WebSocket on a connection whose write half the hub has. `read_ahead` was read with the request.
    pub fn websocket(connection: &'a Connection, read_ahead: Vec<u8>) -> WebSocket<WsStream<'a>> {
        let max_message = Some(connection.context.config.max_message);
        let limits = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            // Whole frames in each call of `write`, none of them kept back.
            .write_buffer_size(0)
            .max_message_size(max_message)
            .max_frame_size(max_message);
        let mut frames = Counter::default();
        let wire = WsStream {
            connection,
            ping_outstanding: false,
            uptake: None,
            rate_limiter: RateLimiter::new(
                connection.context.config.lines_per_second,
                Instant::now(),
            ),
            ahead: VecDeque::new(),
            fragments: frames.count(&read_ahead),
            frames,
        };
        WebSocket::from_partially_read(wire, read_ahead, Role::Server, Some(limits))
    }

    /// Counts a message that has been read, which costs so many lines, and pauses if that is too fast.
    pub fn throttle(&mut self, cost: usize) {
        self.fragments = self.fragments.saturating_sub(1);
        self.connection.throttle(&mut self.rate_limiter, cost);
    }

    /// The code in the peer's Close, as it came.
    pub fn close_code(&self) -> Option<u16> {
        self.frames.close_code()
    }

    /// Takes note that a read has timed out, which means that half of the idle timeout is over.
    ///
    /// Reads are counted, no clock is read: if this process was stopped for a long time, the peers could not help it, and
    /// each gets a Ping before it counts as gone.
    ///
    /// A peer that reads slowly has much to read before it sees the Ping. It is alive as long as it takes what waits for it.
    ///
    /// # Errors
    /// [`DisconnectReason::IdleTimeout`] if the Ping has been without effect.
    pub fn on_read_timeout(&mut self) -> Result<(), DisconnectReason> {
        let now = Uptake::of(&self.connection.socket.stream);
        let before = mem::replace(&mut self.uptake, now);
        if self.ping_outstanding {
            let both = now.zip(before);
            return match both.is_some_and(|(now, before)| now.has_progressed_since(before)) {
                true => Ok(()),
                false => Err(DisconnectReason::IdleTimeout),
            };
        }
        self.ping_outstanding = true;
        self.connection.tell(HubMessage::Ping(self.connection.id));
        Ok(())
    }

    /// Reads what has come, waiting for it. There is a buffer only once there is something to read: most clients are silent
    /// most of the time, and a buffer for each of them would be a third of the memory that they take.
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
        // tungstenite reads on when it has no whole frame left. So these are frames of a message that goes on, and it could
        // go on for ever: an empty frame adds nothing to its length.
        if self.fragments > 0 {
            // Once: if nothing comes, this is called again.
            let fragments = mem::take(&mut self.fragments);
            self.connection.throttle(&mut self.rate_limiter, fragments);
        }
        if self.ahead.is_empty() {
            self.ahead = self.read_ahead()?.into();
        }
        let socket = &self.connection.socket;
        let length = self.ahead.read(buffer)?;
        self.fragments = self.frames.count(buffer.get(..length).unwrap_or_default());
        // Once there is a reason to end, nobody waits for the rest of a frame, which a peer could send a byte at a time.
        if socket.ending().is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.ping_outstanding = false;
        Ok(length)
    }
}

impl Write for WsStream<'_> {
    /// Hands whole frames to the hub. They are Pongs: the reply to a Close is the session's, which also knows its code.
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        let block = Block::new(Bytes::copy_from_slice(frames));
        self.connection
            .tell(HubMessage::Private(self.connection.id, block));
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
