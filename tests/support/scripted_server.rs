//! A WebSocket server in a few lines of our own, upon a bare socket: a test says what it does, byte by byte.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;
use rustix::net::sockopt;
use tungstenite::handshake::derive_accept_key;

use super::process::SOON;
pub use super::raw_frame::*;

/// A listener on a free port.
pub struct ScriptedServer {
    listener: TcpListener,
}

impl ScriptedServer {
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        Ok(ScriptedServer { listener })
    }

    /// The same with small buffers, so that a peer who is not read from cannot write for long.
    pub fn start_with_buffers(bytes: usize) -> io::Result<Self> {
        let server = ScriptedServer::start()?;
        // An accepted socket inherits them.
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

    /// Waits for the next client, and does not answer it yet.
    pub fn accept(&self) -> io::Result<Peer> {
        let (stream, _) = self.listener.accept()?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(SOON))?;
        let unread = Vec::new();
        Ok(Peer { stream, unread })
    }

    /// Waits for the next client and makes the handshake.
    pub fn open(&self) -> io::Result<Peer> {
        let mut peer = self.accept()?;
        peer.upgrade()?;
        Ok(peer)
    }
}

/// A client, seen from its server.
pub struct Peer {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Peer {
    /// Reads the request of the handshake and answers it with 101; returns the request's first line.
    pub fn upgrade(&mut self) -> io::Result<String> {
        let head = self.read_head()?;
        self.send_bytes(&switching_protocols(&head)?)?;
        Ok(head.lines().next().unwrap_or_default().to_owned())
    }

    /// Reads the request of the handshake.
    pub fn read_head(&mut self) -> io::Result<String> {
        let deadline = Deadline::after(SOON);
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = self.unread.drain(..end + 4).collect::<Vec<u8>>();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.read_more(deadline)?;
        }
    }

    /// Reads one frame, which must be masked.
    pub fn read_frame(&mut self) -> io::Result<Frame> {
        let deadline = Deadline::after(SOON);
        loop {
            if let Some((frame, length)) = decode_masked(&self.unread)? {
                self.unread.drain(..length);
                return Ok(frame);
            }
            self.read_more(deadline)?;
        }
    }

    /// Reads a frame that must have this opcode, and returns its payload.
    pub fn expect(&mut self, opcode: u8) -> io::Result<Vec<u8>> {
        let frame = self.read_frame()?;
        if frame.opcode == opcode {
            Ok(frame.payload)
        } else {
            Err(io::Error::other(format!("{frame:?} instead of {opcode}")))
        }
    }

    /// Reads a Ping and answers it.
    pub fn answer_ping(&mut self) -> io::Result<()> {
        let payload = self.expect(PING)?;
        self.send(PONG, &payload)
    }

    /// Reads a Close, answers it with the same, ends the stream, and returns the code.
    pub fn answer_close(&mut self) -> io::Result<Option<u16>> {
        let payload = self.expect(CLOSE)?;
        self.send(CLOSE, &payload)?;
        self.stream.shutdown(Shutdown::Write)?;
        Ok(payload.first_chunk().map(|code| u16::from_be_bytes(*code)))
    }

    /// Reads until nothing more can come.
    pub fn expect_end(&mut self) -> io::Result<()> {
        let deadline = Deadline::after(SOON);
        loop {
            match self.read_more(deadline) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::TimedOut => return Err(error),
                Err(_) => return Ok(()),
            }
        }
    }

    pub fn send_text(&mut self, text: &str) -> io::Result<()> {
        self.send(TEXT, text.as_bytes())
    }

    pub fn send_close(&mut self, code: u16, reason: &str) -> io::Result<()> {
        self.send(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
    }

    /// Sends a frame, not masked, as servers do.
    pub fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = vec![0x80 | opcode];
        match payload.len() {
            length @ 0..=125 => frame.push(length as u8),
            length @ 126..=0xFFFF => {
                frame.push(126);
                frame.extend((length as u16).to_be_bytes());
            }
            length => {
                frame.push(127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(payload);
        self.send_bytes(&frame)
    }

    /// Sends bytes as they are. A peer that takes nothing for [`SOON`] is an error.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    fn read_more(&mut self, deadline: Deadline) -> io::Result<()> {
        let mut bytes = [0; 16 * 1024];
        let left = deadline.remaining().unwrap_or(Duration::ZERO);
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.unread.extend(bytes.iter().take(read));
                Ok(())
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

/// The 101 to the request in `head`.
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

/// The first frame in `bytes`, unmasked, and how many bytes it takes, or `None` while it is not whole.
///
/// Bytes of another frame in the midst of one show as an error: a first byte that no client sends, or a bit of the mask
/// that is not set.
pub fn decode_masked(bytes: &[u8]) -> io::Result<Option<(Frame, usize)>> {
    let Some((&[first, second], rest)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    let opcode = first & 0x0F;
    if first & 0xF0 != 0x80 || !matches!(opcode, TEXT | CLOSE | PING | PONG) || second < 0x80 {
        return Err(io::Error::other(format!(
            "no frame of a client: {first:#x} {second:#x}"
        )));
    }
    let body = || {
        let (length, rest) = match second & 0x7F {
            126 => rest
                .split_first_chunk()
                .map(|(length, rest)| (u64::from(u16::from_be_bytes(*length)), rest))?,
            127 => rest
                .split_first_chunk()
                .map(|(length, rest)| (u64::from_be_bytes(*length), rest))?,
            length => (u64::from(length), rest),
        };
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
