//! A small WebSocket client on a bare `TcpStream`. It can violate the protocol.

use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with, sockopt};

use super::process::TIMEOUT;
pub use super::raw_frame::*;
use super::raw_stream::RawStream;

/// A client that can send any bytes.
#[derive(Debug)]
pub struct RawClient(RawStream);

impl RawClient {
    /// Connects without sending anything.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        Ok(RawClient(RawStream::new(TcpStream::connect(address)?)?))
    }

    /// Connects with a receive buffer of about `bytes` bytes, which is soon full if the client does not read. Linux
    /// doubles the value, and uses at least 2,304 bytes. The size is set before connecting, because it determines the
    /// TCP window.
    pub fn connect_with_buffer(address: SocketAddr, bytes: usize) -> io::Result<Self> {
        let family = match address {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_recv_buffer_size(&socket, bytes)?;
        rustix::net::connect(&socket, &address)?;
        Ok(RawClient(RawStream::new(TcpStream::from(socket))?))
    }

    /// Connects and completes the handshake for `target`, for example `/?name=anna`.
    pub fn open(address: SocketAddr, target: &str) -> io::Result<Self> {
        let mut client = RawClient::connect(address)?;
        client.upgrade(target)?;
        Ok(client)
    }

    /// Completes the handshake. Any status but 101 is an error that contains the whole head.
    pub fn upgrade(&mut self, target: &str) -> io::Result<()> {
        self.request_upgrade(target)?;
        self.read_upgrade(TIMEOUT)
    }

    /// Reads the response to [`RawClient::request_upgrade`].
    pub fn read_upgrade(&mut self, limit: Duration) -> io::Result<()> {
        let head = self.read_head(limit)?;
        if head.starts_with("HTTP/1.1 101 ") {
            Ok(())
        } else {
            Err(io::Error::other(head))
        }
    }

    /// Sends the request of a handshake without waiting for the response.
    pub fn request_upgrade(&mut self, target: &str) -> io::Result<()> {
        let host = self.0.socket.peer_addr()?;
        self.send_bytes(
            format!(
                "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            .as_bytes(),
        )
    }

    /// Reads an HTTP head, including the empty line at its end.
    pub fn read_head(&mut self, limit: Duration) -> io::Result<String> {
        self.0.read_head(limit)
    }

    /// Reads `count` bytes. Fails if they do not all arrive within [`TIMEOUT`].
    pub fn read_bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        self.0.read(TIMEOUT, |unread| {
            let bytes = unread.get(..count);
            Ok(bytes.map(|bytes| (bytes.to_vec(), count)))
        })
    }

    /// Reads one frame. Returns `TimedOut` if none arrives in time, and `UnexpectedEof` at the end of the stream.
    pub fn read_frame(&mut self, limit: Duration) -> io::Result<Frame> {
        self.0.read(limit, |unread| Ok(decode(unread)))
    }

    /// Reads one frame and returns its text. Fails if it is not a text frame, or does not arrive within [`TIMEOUT`].
    pub fn read_text(&mut self) -> io::Result<String> {
        let frame = self.read_frame(TIMEOUT)?;
        if frame.opcode == TEXT {
            Ok(frame.text())
        } else {
            Err(io::Error::other(format!("{frame:?} is not a text frame")))
        }
    }

    /// Reads to the end of the stream. Returns all unread bytes.
    pub fn read_to_end(&mut self, limit: Duration) -> io::Result<Vec<u8>> {
        self.0.read_to_end(limit)
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

    /// Sends raw bytes. Fails if the peer accepts no bytes for [`TIMEOUT`].
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.send_bytes(bytes)
    }

    /// Shuts down the sending side of the connection. The peer can still send.
    pub fn end_sending(&self) -> io::Result<()> {
        self.0.socket.shutdown(Shutdown::Write)
    }

    /// Removes and returns the bytes that were received but not decoded yet.
    pub fn take_unread(&mut self) -> Vec<u8> {
        self.0.take_unread()
    }

    /// Resets the connection: the peer gets a reset instead of the end of the stream, and bytes in flight are lost.
    pub fn reset(self) -> io::Result<()> {
        Ok(sockopt::set_socket_linger(
            &self.0.socket,
            Some(Duration::ZERO),
        )?)
    }

    /// Returns the socket itself, for calls that this type lacks. A read from it bypasses the buffer of unread bytes.
    pub fn stream(&self) -> &TcpStream {
        &self.0.socket
    }
}

/// Asserts that a read has timed out. A timeout alone proves little, so a successful read should follow.
pub fn assert_nothing<T: Debug>(received: io::Result<T>) {
    assert_eq!(received.unwrap_err().kind(), ErrorKind::TimedOut);
}
