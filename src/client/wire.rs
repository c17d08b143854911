//! The socket as tungstenite sees it: it reads from the socket, and what it writes by itself goes through the write
//! side.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Bytes, WebSocket};

use crate::base::deadline::Deadline;
use crate::client::session::Session;

/// How large a message from the server may be, in bytes: 1 MiB, which is 64 times what our server lets a line be.
pub const MAX_MESSAGE: usize = 1 << 20;

/// How often a thread that does not wait tries again while something did not fit into the socket. It happens while the
/// server does not read, and for a pong or a Close: never while all is well.
pub const RETRY: Duration = Duration::from_millis(20);

/// Reads from the socket; writes pongs and the reply to a Close through [`WriteSide`](crate::client::write_side::WriteSide).
/// Only the socket thread has it.
#[derive(Debug)]
pub struct Wire {
    session: Arc<Session>,
    stream: Arc<TcpStream>,
    /// The read timeout that the socket has now, so that it is only set when it changes.
    timeout: Option<Duration>,
    /// When reading ends with `TimedOut`: there is one while the past has not come, and in the goodbye.
    deadline: Option<Deadline>,
}

impl Wire {
    /// A WebSocket upon the wire. `unread` is what came after the head of the handshake's answer: the first frames.
    pub fn websocket(
        session: Arc<Session>,
        stream: Arc<TcpStream>,
        unread: Vec<u8>,
    ) -> WebSocket<Wire> {
        let wire = Wire {
            session,
            stream,
            timeout: None,
            deadline: None,
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            // Each of tungstenite's frames becomes one call of `write`.
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        WebSocket::from_partially_read(wire, unread, Role::Client, Some(config))
    }

    /// Sets until when something must be there to read; `None` is for ever.
    pub fn set_deadline(&mut self, deadline: Option<Deadline>) {
        self.deadline = deadline;
    }

    /// Reads and discards raw bytes to the end of the stream, for at most `limit`.
    ///
    /// Who closes a socket with unread input sends a reset, which can overtake the Close that was sent before it.
    pub fn drain(&mut self, limit: Duration) {
        self.deadline = Some(Deadline::after(limit));
        let mut discarded = [0; 4096];
        while self.read(&mut discarded).is_ok_and(|read| read > 0) {}
    }

    /// How long the next read may block: `None` for as long as it takes.
    fn next_timeout(&self) -> io::Result<Option<Duration>> {
        let retry = self.session.write_side.sweep().then_some(RETRY);
        match self.deadline.map(Deadline::remaining) {
            None => Ok(retry),
            Some(None) => Err(io::Error::new(
                ErrorKind::TimedOut,
                "the server does not go on",
            )),
            Some(Some(left)) => Ok(Some(retry.map_or(left, |retry| retry.min(left)))),
        }
    }
}

impl Read for Wire {
    /// Blocks until there is something to read, and comes back on the way for what did not fit into the socket.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let timeout = self.next_timeout()?;
            if timeout != self.timeout {
                self.stream.set_read_timeout(timeout)?;
                self.timeout = timeout;
            }
            match (&*self.stream).read(buffer) {
                // The timeout is over, and `next_timeout` knows whether that is the end. (`TimedOut` is something else:
                // the server's machine does not answer any more.)
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // A signal, or the process was stopped and goes on.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl Write for Wire {
    /// Takes one whole frame, which tungstenite has masked: a pong, or the reply to a Close.
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        self.session.write_side.leave(Bytes::copy_from_slice(frame));
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
