//! The stream that tungstenite is given: it reads from the socket, and what it writes goes to the hub.
//!
//! tungstenite answers a Ping by itself. If it wrote to the socket, the Pong could get between the bytes of a block that a
//! writer is sending, and arrive before lines that were said before it.

use std::io::{self, Read, Write};
use std::mem;
use std::time::Instant;

use tungstenite::Bytes;
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use super::connection::Connection;
use super::ending::Ending;
use super::limits::pace::Pace;
use super::messages::ToHub;
use super::queue::Block;
use super::uptake::Uptake;
use crate::frame::Counter;

/// How much is read at once: 4 KiB. tungstenite would take 128 KiB for each connection, and clear them for each read.
const READ_BUFFER: usize = 4 * 1024;

/// A connection as a stream of bytes.
#[derive(Debug)]
pub struct Wire<'a> {
    connection: &'a Connection,
    /// Whether nothing has been heard for half of the idle timeout, and a Ping has asked why.
    is_quiet: bool,
    /// What the peer had taken when the last read timed out.
    uptake: Option<Uptake>,
    pace: Pace,
    frames: Counter,
    /// How many frames have been read that belong to no message yet.
    fragments: usize,
}

impl<'a> Wire<'a> {
    /// The WebSocket on a connection whose write half the hub has. `read_ahead` was read with the request.
    pub fn websocket(connection: &'a Connection, read_ahead: Vec<u8>) -> WebSocket<Wire<'a>> {
        let max_message = Some(connection.shared.config.max_message);
        let limits = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            // Whole frames in each call of `write`, none of them kept back.
            .write_buffer_size(0)
            .max_message_size(max_message)
            .max_frame_size(max_message);
        let mut frames = Counter::default();
        let wire = Wire {
            connection,
            is_quiet: false,
            uptake: None,
            pace: Pace::new(connection.shared.config.lines_per_second, Instant::now()),
            fragments: frames.count(&read_ahead),
            frames,
        };
        WebSocket::from_partially_read(wire, read_ahead, Role::Server, Some(limits))
    }

    /// Counts a message that has been read, which costs so many lines, and pauses if that is too fast.
    pub fn keep_pace(&mut self, cost: usize) {
        self.fragments = self.fragments.saturating_sub(1);
        self.connection.keep_pace(&mut self.pace, cost);
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
    /// [`Ending::Silent`] if the Ping has been without effect.
    pub fn note_silence(&mut self) -> Result<(), Ending> {
        let now = Uptake::of(&self.connection.socket.stream);
        let before = mem::replace(&mut self.uptake, now);
        if self.is_quiet {
            let both = now.zip(before);
            return match both.is_some_and(|(now, before)| now.has_progressed_since(before)) {
                true => Ok(()),
                false => Err(Ending::Silent),
            };
        }
        self.is_quiet = true;
        self.connection.tell(ToHub::Ping(self.connection.id));
        Ok(())
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // tungstenite reads on when it has no whole frame left. So these are frames of a message that goes on, and it could
        // go on for ever: an empty frame adds nothing to its length.
        if self.fragments > 0 {
            // Once: if nothing comes, this is called again.
            let fragments = mem::take(&mut self.fragments);
            self.connection.keep_pace(&mut self.pace, fragments);
        }
        let socket = &self.connection.socket;
        let length = socket.read(buffer)?;
        self.fragments = self.frames.count(buffer.get(..length).unwrap_or_default());
        // Once there is a reason to end, nobody waits for the rest of a frame, which a peer could send a byte at a time.
        if socket.ending().is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.is_quiet = false;
        Ok(length)
    }
}

impl Write for Wire<'_> {
    /// Hands whole frames to the hub. They are Pongs: the reply to a Close is the session's, which also knows its code.
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        let block = Block::new(Bytes::copy_from_slice(frames));
        self.connection
            .tell(ToHub::Private(self.connection.id, block));
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
