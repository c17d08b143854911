//! The client's side of a WebSocket. This file does the handshake, and tungstenite handles the frames.

use std::io;
use std::time::Instant;

use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use crate::base::deadline::Deadline;
use crate::lab::counting_stream::CountingStream;
use crate::lab::heads::Headers;
use crate::lab::http::HttpConnection;

/// A member's WebSocket, after the handshake and the welcome.
#[derive(Debug)]
pub struct WsMember(Box<WebSocket<CountingStream>>);

impl WsMember {
    /// Joins the room and waits for the welcome. If another member has this name, the server appends a number to it.
    ///
    /// # Errors
    /// Fails if the socket fails, the connection ends, the response is not a valid 101, a frame is invalid, or the
    /// deadline passes.
    pub(crate) fn join(
        stream: CountingStream,
        headers: Headers,
        host: &str,
        name: &str,
    ) -> io::Result<WsMember> {
        let key = generate_key();
        let mut connection = HttpConnection::new(stream);
        let head = connection.head(&headers.upgrade(&format!("/?name={name}"), host, &key))?;
        if head.status != 101 || head.accept != derive_accept_key(key.as_bytes()) {
            let status = head.status;
            return Err(io::Error::other(format!(
                "the server answered {status} to the handshake"
            )));
        }
        let (stream, unread) = connection.into_parts();
        let config = WebSocketConfig::default();
        let socket = WebSocket::from_partially_read(stream, unread, Role::Client, Some(config));
        let mut member = WsMember(Box::new(socket));
        member.receive()?;
        Ok(member)
    }

    /// Waits for the next line.
    ///
    /// # Errors
    /// Fails if the socket fails, the connection has ended, a frame is invalid, or the deadline passes.
    pub(crate) fn receive(&mut self) -> io::Result<String> {
        loop {
            if let Message::Text(text) = self.0.read().map_err(io_error)? {
                return Ok(text.to_string());
            }
        }
    }

    /// Reads and discards what arrives before this time. A client that never reads would fall behind.
    ///
    /// # Errors
    /// Fails if the socket fails, the connection has ended, or a frame is invalid.
    pub(crate) fn receive_until(&mut self, moment: Instant) -> io::Result<()> {
        self.stream().set_deadline(Deadline::at(moment));
        loop {
            match self.receive() {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(()),
                received => drop(received?),
            }
        }
    }

    /// Says a line.
    ///
    /// # Errors
    /// Fails if the socket fails, the connection has ended, or the deadline passes.
    pub(crate) fn say(&mut self, line: &str) -> io::Result<()> {
        self.0.send(Message::text(line)).map_err(io_error)
    }

    pub(crate) fn stream(&mut self) -> &mut CountingStream {
        self.0.get_mut()
    }

    /// Leaves with a Close, and waits for the reply until the deadline.
    pub(crate) fn leave(mut self, deadline: Deadline) {
        self.stream().set_deadline(deadline);
        // If the Close cannot be sent, the connection is already lost.
        let _ = self.0.close(None);
        while self.0.read().is_ok() {}
    }
}

fn io_error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => io::Error::other(error),
    }
}
