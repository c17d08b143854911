//! What one delivered line costs a server, in CPU time of its process: steadily, in a burst, and while nobody talks.
//!
//! `make bench` runs it against `chat-server` and the steps, one after the other on the same machine, so that their ratios
//! mean something where the absolute numbers do not. Any other server can be given as a program: it gets its address as
//! `--listen 127.0.0.1:0` if its name begins with `chat-server`, else as its only argument, prints `listening on ws://…/`
//! first, and sends each text message to everyone. A line is whatever frame arrives.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::epoll;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

/// Who listens in the steady load, how often somebody says a line, and for how long.
const LISTENERS: usize = 500;
const LINES_PER_SECOND: u64 = 40;
const SECONDS: u64 = 5;
/// Who talks in a burst, how many lines each says, in frames of `LINES_PER_FRAME`, and how many bursts there are.
const TALKERS: usize = 32;
const FRAMES: usize = 2;
const BURSTS: usize = 20;
const LINES_PER_FRAME: usize = 816;
/// No measurement may take longer.
const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    let programs: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let ours = vec![env!("CARGO_BIN_EXE_chat-server").to_owned()];
    println!(
        "{:<14}{:>22}{:>22}{:>24}",
        "", "steady, µs a line", "burst, µs a line", "idle, % of a core"
    );
    for program in if programs.is_empty() { ours } else { programs } {
        let name = program.rsplit('/').next().unwrap_or_default();
        let steady = steady(&program);
        let idle = idle(&program);
        let burst = if name == "chat-server" {
            format!("{:.4}", burst(&program))
        } else {
            "–".to_owned()
        };
        println!("{name:<14}{steady:>22.2}{burst:>22}{idle:>24.2}");
    }
}

/// CPU time for each delivered line while one client says a line now and then, in microseconds.
fn steady(program: &str) -> f64 {
    let server = Server::start(program);
    let mut crowd = Crowd::connect(&server, LISTENERS);
    crowd.settle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let begin = Instant::now();
    for number in 1..=LINES_PER_SECOND * SECONDS {
        crowd.say(0, "a line of usual length, as people say it");
        let next = begin + Duration::from_micros(number * 1_000_000 / LINES_PER_SECOND);
        while let Some(left) = next
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            crowd.read(left);
        }
    }
    crowd.settle();
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// CPU time for each delivered line when all talk at once, in microseconds.
fn burst(program: &str) -> f64 {
    let server = Server::start(program);
    let mut crowd = Crowd::connect(&server, TALKERS);
    crowd.settle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let message = vec!["all at once"; LINES_PER_FRAME].join("\n");
    let begin = Instant::now();
    for _ in 0..BURSTS {
        for _ in 0..FRAMES {
            (0..TALKERS).for_each(|talker| crowd.say(talker, &message));
        }
        let expected = crowd.lines + (TALKERS * TALKERS * FRAMES * LINES_PER_FRAME) as u64;
        while crowd.lines < expected {
            assert!(
                begin.elapsed() < LIMIT,
                "{} lines of {expected} came",
                crowd.lines
            );
            crowd.read(Duration::from_millis(100));
        }
    }
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// How much of a core the server uses while its clients are silent, in per cent.
fn idle(program: &str) -> f64 {
    let server = Server::start(program);
    let mut crowd = Crowd::connect(&server, LISTENERS);
    crowd.settle();
    let (cpu, begin) = (server.cpu(), Instant::now());
    while begin.elapsed() < Duration::from_secs(2) {
        crowd.read(Duration::from_millis(100));
    }
    100.0 * (server.cpu() - cpu).as_secs_f64() / begin.elapsed().as_secs_f64()
}

fn micros_each(cpu: Duration, lines: u64) -> f64 {
    cpu.as_secs_f64() * 1e6 / lines as f64
}

/// A server process of ours.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(program: &str) -> Server {
        let is_ours = program
            .rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with("chat-server"));
        let mut command = Command::new(program);
        if is_ours {
            // The reader of the benchmark may be slower than the server, and nobody shall be cut off for it.
            command.args(["--backlog", "100000000", "--listen"]);
        }
        command
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line
            .trim()
            .trim_start_matches("listening on ws://")
            .trim_end_matches('/')
            .to_owned();
        Server { process, address }
    }

    /// The CPU time that the process has used so far, threads that have ended included, in steps of 10 ms.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // The second field is the name in parentheses; user and system time are the 14th and the 15th.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks: u64 = fields[11..13]
            .iter()
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(10 * ticks)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Many clients, read by one thread.
struct Crowd {
    clients: Vec<(TcpStream, Frames)>,
    epoll: std::os::fd::OwnedFd,
    /// How many frames have come so far.
    lines: u64,
}

impl Crowd {
    fn connect(server: &Server, count: usize) -> Crowd {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let mut crowd = Crowd {
            clients: Vec::new(),
            epoll,
            lines: 0,
        };
        for number in 0..count {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream.set_nodelay(true).unwrap();
            write!(
                stream,
                "GET / HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                server.address
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
    fn say(&mut self, client: usize, text: &str) {
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
    fn read(&mut self, within: Duration) -> bool {
        let mut events = Vec::with_capacity(LISTENERS);
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
    fn settle(&mut self) {
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
