//! A small WebSocket server on a bare socket. A test controls every byte that this server sends.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener};

use rustix::net::sockopt;
use tungstenite::handshake::derive_accept_key;

use super::process::TIMEOUT;
pub use super::raw_frame::*;
use super::raw_stream::RawStream;

/// A listener on a free port.
pub struct ScriptedServer {
    listener: TcpListener,
}

impl ScriptedServer {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        Ok(ScriptedServer { listener })
    }

    /// Listens with buffers of about `bytes` bytes, so a peer's writes soon block if the server reads nothing.
    pub fn start_with_buffers(bytes: usize) -> io::Result<Self> {
        let server = ScriptedServer::start()?;
        // An accepted socket inherits both sizes.
        sockopt::set_socket_recv_buffer_size(&server.listener, bytes)?;
        sockopt::set_socket_send_buffer_size(&server.listener, bytes)?;
        Ok(server)
    }

    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    pub fn url(&self) -> io::Result<String> {
        Ok(format!("ws://{}/", self.address()?))
    }

    /// Waits for the next client, without answering it.
    pub fn accept(&self) -> io::Result<Peer> {
        let (stream, _) = self.listener.accept()?;
        Ok(Peer(RawStream::new(stream)?))
    }

    /// Waits for the next client and completes the handshake with it.
    pub fn open(&self) -> io::Result<Peer> {
        let mut peer = self.accept()?;
        peer.upgrade()?;
        Ok(peer)
    }
}

/// A client, as the server sees it.
pub struct Peer(RawStream);

impl Peer {
    /// Reads the handshake request and responds with 101. Returns the first line of the request.
    pub fn upgrade(&mut self) -> io::Result<String> {
        let head = self.read_head()?;
        self.send_bytes(&switching_protocols(&head)?)?;
        Ok(head.lines().next().unwrap_or_default().to_owned())
    }

    /// Reads the head of the handshake request.
    pub fn read_head(&mut self) -> io::Result<String> {
        self.0.read_head(TIMEOUT)
    }

    /// Reads one frame, which must be masked.
    pub fn read_frame(&mut self) -> io::Result<Frame> {
        self.0.read(TIMEOUT, decode_masked)
    }

    /// Reads a frame and returns its payload. Fails if the frame has another opcode, is invalid, or does not arrive in
    /// time.
    pub fn expect(&mut self, opcode: u8) -> io::Result<Vec<u8>> {
        let frame = self.read_frame()?;
        if frame.opcode == opcode {
            Ok(frame.payload)
        } else {
            Err(io::Error::other(format!("{frame:?} instead of {opcode}")))
        }
    }

    /// Reads a Ping and sends the Pong.
    pub fn answer_ping(&mut self) -> io::Result<()> {
        let payload = self.expect(PING)?;
        self.send(PONG, &payload)
    }

    /// Reads a Close, echoes it, ends the stream, and returns the code.
    pub fn answer_close(&mut self) -> io::Result<Option<u16>> {
        let payload = self.expect(CLOSE)?;
        self.send(CLOSE, &payload)?;
        self.0.socket.shutdown(Shutdown::Write)?;
        Ok(payload.first_chunk().map(|code| u16::from_be_bytes(*code)))
    }

    /// Reads and discards everything up to the end of the stream. A reset also counts as the end.
    pub fn expect_end(&mut self) -> io::Result<()> {
        match self.0.read_to_end(TIMEOUT) {
            Err(error) if error.kind() == ErrorKind::TimedOut => Err(error),
            _ => Ok(()),
        }
    }

    pub fn send_text(&mut self, text: &str) -> io::Result<()> {
        self.send(TEXT, text.as_bytes())
    }

    pub fn send_close(&mut self, code: u16, reason: &str) -> io::Result<()> {
        self.send(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
    }

    /// Sends an unmasked frame, as a server does.
    pub fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = header(0x80 | opcode, payload.len());
        frame.extend(payload);
        self.send_bytes(&frame)
    }

    /// Sends raw bytes. Fails if the peer accepts no bytes for [`TIMEOUT`].
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.send_bytes(bytes)
    }
}

/// Returns the 101 response to the request in `head`.
pub fn switching_protocols(head: &str) -> io::Result<Vec<u8>> {
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .ok_or_else(|| io::Error::other(format!("no key in {head:?}")))?;
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )
    .into_bytes())
}

/// Decodes and unmasks the first frame in `bytes`. Returns the frame and its total length, or `None` if the frame is
/// incomplete.
///
/// Fails if the mask bit is missing, or if the first byte is not that of an unfragmented Text, Close, Ping or Pong.
/// Therefore it usually also fails if a client interleaves the bytes of two frames.
pub fn decode_masked(bytes: &[u8]) -> io::Result<Option<(Frame, usize)>> {
    let Some((&[first, second], rest)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    let opcode = first & 0x0F;
    if first & 0xF0 != 0x80 || !matches!(opcode, TEXT | CLOSE | PING | PONG) || second < 0x80 {
        return Err(io::Error::other(format!(
            "not a client frame: {first:#x} {second:#x}"
        )));
    }
    let body = || {
        let (length, rest) = decode_length(second & 0x7F, rest)?;
        let (mask, rest) = rest.split_first_chunk::<4>()?;
        let masked = rest.get(..usize::try_from(length).ok()?)?;
        let payload: Vec<u8> = masked
            .iter()
            .zip(mask.iter().cycle())
            .map(|(a, b)| a ^ b)
            .collect();
        Some((bytes.len() - rest.len() + payload.len(), payload))
    };
    Ok(body().map(|(used, payload)| {
        let fin = true;
        (
            Frame {
                fin,
                opcode,
                payload,
            },
            used,
        )
    }))
}
