//! Many clients in one thread.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::epoll;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

pub struct Crowd {
    clients: Vec<(TcpStream, Frames)>,
    buffer: Vec<u8>,
    epoll: std::os::fd::OwnedFd,
    /// How many text frames have arrived so far.
    pub lines: u64,
}

impl Crowd {
    /// Connects this many clients and completes the handshake of each.
    pub fn connect(address: &str, count: usize) -> Crowd {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let mut crowd = Crowd {
            clients: Vec::new(),
            buffer: vec![0; 256 * 1024],
            epoll,
            lines: 0,
        };
        for _ in 0..count {
            crowd.add(address, "/");
        }
        crowd
    }

    /// Connects one more client and completes its handshake.
    pub fn add(&mut self, address: &str, target: &str) {
        let (stream, read) = handshake(address, target);
        let mut frames = Frames::default();
        self.lines += frames.count(&read);
        let data = epoll::EventData::new_u64(self.clients.len() as u64);
        epoll::add(&self.epoll, &stream, data, epoll::EventFlags::IN).unwrap();
        self.clients.push((stream, frames));
    }

    /// Sends one text message from this client.
    pub fn say(&mut self, client: usize, text: &str) {
        self.send_all(client, &[text]);
    }

    /// Sends several text messages from this client, in one write.
    pub fn send_all(&mut self, client: usize, texts: &[&str]) {
        let frames: Vec<_> = texts.iter().map(|text| frame(text)).collect();
        self.clients[client].0.write_all(&frames.concat()).unwrap();
    }

    /// Waits for data, for at most `within` or 0.9 s, whichever is shorter. Then reads once from each client that has
    /// data. Returns whether any client had data.
    pub fn read(&mut self, within: Duration) -> bool {
        let mut events = Vec::with_capacity(self.clients.len());
        let timeout = rustix::event::Timespec {
            tv_sec: 0,
            tv_nsec: within.min(Duration::from_millis(900)).subsec_nanos().into(),
        };
        epoll::wait(
            &self.epoll,
            rustix::buffer::spare_capacity(&mut events),
            Some(&timeout),
        )
        .unwrap();
        for event in &events {
            let (stream, frames) = &mut self.clients[event.data.u64() as usize];
            let buffer = &mut self.buffer;
            let length = stream.read(buffer).unwrap();
            assert!(length > 0, "the server closed the connection");
            self.lines += frames.count(&buffer[..length]);
        }
        !events.is_empty()
    }

    /// Stops reading from this client's socket.
    pub fn stop_reading(&mut self, client: usize) {
        epoll::delete(&self.epoll, &self.clients[client].0).unwrap();
    }

    /// Reads until [`Crowd::lines`] is at least `lines`. Panics if this takes longer than `limit`.
    pub fn read_to(&mut self, lines: u64, limit: Duration) {
        let begin = Instant::now();
        while self.lines < lines {
            let arrived = self.lines;
            assert!(
                begin.elapsed() < limit,
                "{arrived} of {lines} lines arrived"
            );
            self.read(Duration::from_millis(100));
        }
    }

    /// Reads until nothing has arrived for 0.2 s.
    pub fn wait_until_idle(&mut self) {
        while self.read(Duration::from_millis(200)) {}
    }
}

/// Encodes a text message, masked as the RFC requires of a client.
pub fn frame(text: &str) -> Vec<u8> {
    let header = FrameHeader {
        opcode: OpCode::Data(Data::Text),
        mask: Some([1, 2, 3, 4]),
        ..FrameHeader::default()
    };
    let mut bytes = Vec::new();
    Frame::from_payload(header, text.as_bytes().to_vec().into())
        .format(&mut bytes)
        .unwrap();
    bytes
}

/// Connects a client and completes its handshake. Returns its socket and the bytes that followed the response's head.
pub fn handshake(address: &str, target: &str) -> (TcpStream, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "the server closed the connection");
        answer.extend_from_slice(&buffer[..length]);
        if let Some(end) = answer.windows(4).position(|it| it == b"\r\n\r\n") {
            return (stream, answer.split_off(end + 4));
        }
    }
}

/// Counts the text frames in a byte stream that arrives in pieces. Pings are not counted.
#[derive(Default)]
struct Frames {
    header: Vec<u8>,
    payload_left: usize,
}

impl Frames {
    fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut frames = 0;
        loop {
            let skipped = self.payload_left.min(bytes.len());
            bytes = &bytes[skipped..];
            self.payload_left -= skipped;
            let [first, rest @ ..] = bytes else {
                return frames;
            };
            self.header.push(*first);
            bytes = rest;
            let header_length = match self.header.get(1) {
                Some(126) => 4,
                Some(127) => 10,
                _ => 2,
            };
            if self.header.len() == header_length {
                let length = if header_length == 2 {
                    &self.header[1..]
                } else {
                    &self.header[2..]
                };
                self.payload_left = length
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                frames += u64::from(self.header[0] & 0x0F == 1);
                self.header.clear();
            }
        }
    }
}
