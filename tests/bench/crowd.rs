//! Many clients in one thread.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::event::epoll;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

/// Many clients, read by one thread.
pub struct Crowd {
    clients: Vec<(TcpStream, Frames)>,
    epoll: std::os::fd::OwnedFd,
    /// How many frames have come so far.
    pub lines: u64,
}

impl Crowd {
    /// Connects this number of clients, and shakes hands with each.
    pub fn connect(address: &str, count: usize) -> Crowd {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let mut crowd = Crowd {
            clients: Vec::new(),
            epoll,
            lines: 0,
        };
        for number in 0..count {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            write!(
                stream,
                "GET / HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                address
            )
            .unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            let data = epoll::EventData::new_u64(number as u64);
            epoll::add(&crowd.epoll, &stream, data, epoll::EventFlags::IN).unwrap();
            crowd.clients.push((stream, Frames::default()));
        }
        crowd
    }

    /// Sends one text message, masked as a client must.
    pub fn say(&mut self, client: usize, text: &str) {
        let header = FrameHeader {
            opcode: OpCode::Data(Data::Text),
            mask: Some([1, 2, 3, 4]),
            ..FrameHeader::default()
        };
        let mut bytes = Vec::new();
        Frame::from_payload(header, text.as_bytes().to_vec().into())
            .format(&mut bytes)
            .unwrap();
        self.clients[client].0.write_all(&bytes).unwrap();
    }

    /// Reads what comes within this time, once from each client that has something.
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
        let mut buffer = vec![0; 256 * 1024];
        for event in &events {
            let (stream, frames) = &mut self.clients[event.data.u64() as usize];
            let length = stream.read(&mut buffer).unwrap();
            assert!(length > 0, "the server has hung up");
            self.lines += frames.count(&buffer[..length]);
        }
        !events.is_empty()
    }

    /// Reads until nothing has come for a while.
    pub fn settle(&mut self) {
        while self.read(Duration::from_millis(300)) {}
    }
}

/// Counts the frames in a stream that comes in pieces.
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
            let wanted = match self.header.get(1) {
                Some(126) => 4,
                Some(127) => 10,
                _ => 2,
            };
            if self.header.len() == wanted {
                let length = if wanted == 2 {
                    &self.header[1..]
                } else {
                    &self.header[2..]
                };
                self.payload_left = length
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                self.header.clear();
                frames += 1;
            }
        }
    }
}
