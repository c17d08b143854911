//! A WebSocket client that uses soketto instead of tungstenite, with blocking calls.
//!
//! The server uses tungstenite. A test with tungstenite at both ends might not detect a bug in tungstenite.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use futures::executor::block_on;
use futures::io::AllowStdIo;
use soketto::connection::Error;
use soketto::handshake::{Client, ServerResponse};
use soketto::{Data, Incoming, Receiver, Sender};

use super::process::TIMEOUT;

/// A message, Pong or Close that a client received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Received {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    /// The peer has sent a Close with this code. soketto replies to every Close, even to one that is already a reply.
    Closed(u16),
}

/// A client on a blocking socket. It answers a Ping only during [`IndependentClient::receive`].
pub struct IndependentClient {
    // Both halves share a blocking socket, so their futures are never pending, and the halves never wait for each
    // other.
    sender: Sender<AllowStdIo<TcpStream>>,
    receiver: Receiver<AllowStdIo<TcpStream>>,
    socket: TcpStream,
}

impl IndependentClient {
    /// Connects and completes the handshake for `target`, for example `/?name=anna`.
    pub fn connect(address: SocketAddr, target: &str) -> io::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        let host = address.to_string();
        let mut client = Client::new(AllowStdIo::new(socket.try_clone()?), &host, target);
        match block_on(client.handshake()).map_err(io::Error::other)? {
            ServerResponse::Accepted { .. } => {}
            other => return Err(io::Error::other(format!("{other:?}"))),
        }
        let (sender, receiver) = client.into_builder().finish();
        Ok(IndependentClient {
            sender,
            receiver,
            socket,
        })
    }

    pub fn send_text(&mut self, text: &str) -> io::Result<()> {
        block_on(async {
            self.sender.send_text(text).await?;
            self.sender.flush().await
        })
        .map_err(from_soketto)
    }

    pub fn send_binary(&mut self, data: &[u8]) -> io::Result<()> {
        block_on(async {
            self.sender.send_binary(data).await?;
            self.sender.flush().await
        })
        .map_err(from_soketto)
    }

    /// Sends a Ping of at most 125 bytes.
    pub fn send_ping(&mut self, payload: &[u8]) -> io::Result<()> {
        let payload = payload.try_into().map_err(io::Error::other)?;
        block_on(async {
            self.sender.send_ping(payload).await?;
            self.sender.flush().await
        })
        .map_err(from_soketto)
    }

    /// Reads the next message, Pong or Close. After any error, even `TimedOut`, the connection can only be dropped:
    /// soketto loses the part of a frame that it has read.
    pub fn receive(&mut self, limit: Duration) -> io::Result<Received> {
        self.socket.set_read_timeout(Some(limit))?;
        let mut message = Vec::new();
        let received = block_on(self.receiver.receive(&mut message)).map_err(from_soketto)?;
        Ok(match received {
            Incoming::Pong(payload) => Received::Pong(payload.to_vec()),
            Incoming::Closed(reason) => Received::Closed(reason.code),
            Incoming::Data(Data::Binary(_)) => Received::Binary(message),
            Incoming::Data(Data::Text(_)) => {
                Received::Text(String::from_utf8(message).map_err(io::Error::other)?)
            }
        })
    }

    /// Reads a text message. Fails if a binary message, a Pong or a Close arrives instead, or if nothing arrives within
    /// [`TIMEOUT`].
    pub fn receive_text(&mut self) -> io::Result<String> {
        match self.receive(TIMEOUT)? {
            Received::Text(text) => Ok(text),
            other => Err(io::Error::other(format!("{other:?} is not a text message"))),
        }
    }

    /// Sends Close 1000 and reads up to the peer's Close. Returns the code of the peer's Close.
    pub fn close(mut self) -> io::Result<u16> {
        block_on(self.sender.close()).map_err(from_soketto)?;
        loop {
            if let Received::Closed(code) = self.receive(TIMEOUT)? {
                return Ok(code);
            }
        }
    }
}

/// Converts a soketto error. An I/O error keeps its kind, but `WouldBlock`, Linux's kind for a timeout, becomes
/// `TimedOut`. So a test can tell a timeout from the end of the stream.
fn from_soketto(error: Error) -> io::Error {
    match error {
        Error::Io(error) if error.kind() == ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        Error::Io(error) => error,
        other => io::Error::other(other),
    }
}
