//! The stream that tungstenite is given: it reads from the socket, and what it writes goes to the hub.
//!
//! tungstenite answers a Ping and a Close by itself. If it wrote to the socket, a Pong could get between the bytes of a
//! block that a writer is sending, and arrive before lines that were said before it.

use std::io::{self, Read, Write};

use tungstenite::Bytes;

use super::connection::Connection;
use super::ending::Ending;
use super::hub::ToHub;
use super::queue::Block;
use crate::frame;

/// A connection as a stream of bytes.
#[derive(Debug)]
pub struct Wire<'a> {
    connection: &'a Connection,
    /// Whether nothing has been heard for half of the idle timeout, and a Ping has asked why.
    is_quiet: bool,
}

impl<'a> Wire<'a> {
    /// The stream of a connection whose write half the hub has.
    pub fn new(connection: &'a Connection) -> Wire<'a> {
        Wire {
            connection,
            is_quiet: false,
        }
    }

    /// Takes note that a read has timed out, which means that half of the idle timeout is over.
    ///
    /// Reads are counted, no clock is read: if this process was stopped for a long time, the peers could not help it, and
    /// each gets a Ping before it counts as gone.
    ///
    /// # Errors
    /// [`Ending::Silent`] if the Ping has been without effect.
    pub fn note_silence(&mut self) -> Result<(), Ending> {
        if self.is_quiet {
            return Err(Ending::Silent);
        }
        self.is_quiet = true;
        self.connection.tell(ToHub::Ping(self.connection.id));
        Ok(())
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.connection.socket.read(buffer)?;
        self.is_quiet = false;
        Ok(length)
    }
}

impl Write for Wire<'_> {
    /// Hands whole frames to the hub. Here and not in `flush`, for tungstenite never flushes the reply to a Close.
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        let bytes = Bytes::copy_from_slice(frames);
        let is_last = frame::is_close(frames);
        self.connection
            .tell(ToHub::Private(self.connection.id, Block { bytes, is_last }));
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
