//! A buffered socket for the raw client and the scripted server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;

use super::process::TIMEOUT;

/// A connection with a buffer of unread bytes. A read that times out loses nothing.
#[derive(Debug)]
pub struct RawStream {
    pub socket: TcpStream,
    unread: Vec<u8>,
}

impl RawStream {
    pub fn new(socket: TcpStream) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        let unread = Vec::new();
        Ok(RawStream { socket, unread })
    }

    /// Sends raw bytes. Fails if the peer accepts no bytes for [`TIMEOUT`].
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Reads an HTTP head, including the empty line at its end.
    pub fn read_head(&mut self, limit: Duration) -> io::Result<String> {
        let head = self.read(limit, |unread| {
            let end = unread.windows(4).position(|four| four == b"\r\n\r\n");
            Ok(end.map(|end| (unread[..end + 4].to_vec(), end + 4)))
        })?;
        Ok(String::from_utf8_lossy(&head).into_owned())
    }

    /// Reads until `decode` finds a value in the unread bytes. `decode` returns the value and its length in bytes.
    ///
    /// Fails with `TimedOut` if no value arrives within `limit`, with `UnexpectedEof` if the stream ends, and with any
    /// error of the socket or of `decode`.
    pub fn read<T>(
        &mut self,
        limit: Duration,
        decode: impl Fn(&[u8]) -> io::Result<Option<(T, usize)>>,
    ) -> io::Result<T> {
        let deadline = Deadline::after(limit);
        loop {
            if let Some((value, length)) = decode(&self.unread)? {
                self.unread.drain(..length);
                return Ok(value);
            }
            self.read_more(deadline)?;
        }
    }

    /// Reads to the end of the stream, and returns all unread bytes.
    pub fn read_to_end(&mut self, limit: Duration) -> io::Result<Vec<u8>> {
        let deadline = Deadline::after(limit);
        loop {
            match self.read_more(deadline) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(self.take_unread());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes and returns the bytes that were received but not decoded yet.
    pub fn take_unread(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.unread)
    }

    fn read_more(&mut self, deadline: Deadline) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        let left = deadline.remaining().ok_or(ErrorKind::TimedOut)?;
        self.socket.set_read_timeout(Some(left))?;
        match self.socket.read(&mut bytes) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.unread.extend_from_slice(&bytes[..read]);
                Ok(())
            }
            // Linux reports a read timeout as `WouldBlock`. The caller tries again until the deadline.
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
