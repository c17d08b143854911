//! A WebSocket client in a few lines of our own, upon a bare `TcpStream`: it can also do what a good client never does.

use std::fmt::Debug;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with, sockopt};

use super::process::SOON;
pub use super::raw_frame::*;

/// A connection, and the bytes that were read from it and not used yet, so that a wait that ends early loses nothing.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl RawClient {
    /// Connects, and says nothing yet.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        RawClient::new(TcpStream::connect(address)?)
    }

    /// Connects with a receive buffer of about `bytes` (Linux doubles the value and has a minimum of 2304): a client
    /// that does not read is full soon. It must be set before connecting, because it sets the window.
    pub fn connect_with_buffer(address: SocketAddr, bytes: usize) -> io::Result<Self> {
        let family = match address {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_recv_buffer_size(&socket, bytes)?;
        rustix::net::connect(&socket, &address)?;
        RawClient::new(TcpStream::from(socket))
    }

    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(SOON))?;
        let unread = Vec::new();
        Ok(RawClient { stream, unread })
    }

    /// Connects and makes the handshake for `target`, for example `/?name=anna`.
    pub fn open(address: SocketAddr, target: &str) -> io::Result<Self> {
        let mut client = RawClient::connect(address)?;
        client.upgrade(target)?;
        Ok(client)
    }

    /// Makes the handshake; anything else than 101 is an error which holds the whole head.
    pub fn upgrade(&mut self, target: &str) -> io::Result<()> {
        self.request_upgrade(target)?;
        self.read_upgrade(SOON)
    }

    /// Reads the answer to [`RawClient::request_upgrade`].
    pub fn read_upgrade(&mut self, limit: Duration) -> io::Result<()> {
        let head = self.read_head(limit)?;
        if head.starts_with("HTTP/1.1 101 ") {
            Ok(())
        } else {
            Err(io::Error::other(head))
        }
    }

    /// Sends the request of a handshake without waiting for its answer.
    pub fn request_upgrade(&mut self, target: &str) -> io::Result<()> {
        let host = self.stream.peer_addr()?;
        self.send_bytes(
            format!(
                "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            .as_bytes(),
        )
    }

    /// Reads an HTTP head, with the empty line at its end.
    pub fn read_head(&mut self, limit: Duration) -> io::Result<String> {
        let deadline = Deadline::after(limit);
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = self.unread.drain(..end + 4).collect::<Vec<u8>>();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.read_more(deadline)?;
        }
    }

    /// Reads so many bytes, which should come at once.
    pub fn read_bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let deadline = Deadline::after(SOON);
        while self.unread.len() < count {
            self.read_more(deadline)?;
        }
        Ok(self.unread.drain(..count).collect())
    }

    /// Reads one frame; `TimedOut` if it is not there in time, `UnexpectedEof` at the end of the stream.
    pub fn read_frame(&mut self, limit: Duration) -> io::Result<Frame> {
        let deadline = Deadline::after(limit);
        loop {
            if let Some((frame, length)) = decode(&self.unread) {
                self.unread.drain(..length);
                return Ok(frame);
            }
            self.read_more(deadline)?;
        }
    }

    /// Reads one frame that should come at once and must be a text; any other is an error.
    pub fn read_text(&mut self) -> io::Result<String> {
        let frame = self.read_frame(SOON)?;
        if frame.opcode == TEXT {
            Ok(frame.text())
        } else {
            Err(io::Error::other(format!("{frame:?} is no text")))
        }
    }

    /// Reads to the end of the stream; what came before it and was not read yet.
    pub fn read_to_end(&mut self, limit: Duration) -> io::Result<Vec<u8>> {
        let deadline = Deadline::after(limit);
        loop {
            match self.read_more(deadline) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(std::mem::take(&mut self.unread));
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub fn send_text(&mut self, text: &str) -> io::Result<()> {
        self.send_bytes(&encode(TEXT, text.as_bytes()))
    }

    pub fn send_ping(&mut self, payload: &[u8]) -> io::Result<()> {
        self.send_bytes(&encode(PING, payload))
    }

    pub fn send_close(&mut self, code: u16, reason: &str) -> io::Result<()> {
        let payload = [&code.to_be_bytes(), reason.as_bytes()].concat();
        self.send_bytes(&encode(CLOSE, &payload))
    }

    /// Sends bytes as they are. A peer that takes nothing for [`SOON`] is an error.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Ends our half of the stream; the peer can still send.
    pub fn end_sending(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// The bytes that were read and not used yet.
    pub fn take_unread(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.unread)
    }

    /// Breaks the connection off: the peer gets a reset in place of an end, and what is on its way is lost.
    pub fn reset(self) -> io::Result<()> {
        Ok(sockopt::set_socket_linger(
            &self.stream,
            Some(Duration::ZERO),
        )?)
    }

    /// The socket itself, for what is not here. Its bytes are not in [`RawClient`]'s buffer any more.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn read_more(&mut self, deadline: Deadline) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        let left = deadline.remaining().ok_or(ErrorKind::TimedOut)?;
        self.stream.set_read_timeout(Some(left))?;
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.unread
                    .extend_from_slice(bytes.get(..read).unwrap_or_default());
                Ok(())
            }
            // Linux says `WouldBlock` when a read timeout is over. The loop asks the deadline, and that ends it.
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// Asserts that a read has ended by its limit. It shows little by itself: let something follow that does come.
pub fn assert_nothing<T: Debug>(received: io::Result<T>) {
    assert_eq!(received.unwrap_err().kind(), ErrorKind::TimedOut);
}
