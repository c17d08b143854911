//! A chat with one client that counts, and which cuts its connections anywhere.
//!
//! A connection whose write side is cut may be a member for longer: until the client comes back under its name, or until
//! the server finds out. Meanwhile what the client sent on it is still said.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};

use blocking_chat::base::{frame, gap};
use tungstenite::Bytes;

use crate::cutting_room::{Ghost, OTHER, Room};
use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{CLOSE, Frame, PING, PONG, TEXT, header};
use crate::support::scripted_server::{decode_masked, switching_protocols};

/// What happens on one connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// How many lines others say before it begins.
    pub before: usize,
    /// After how many bytes from the client and to the client it is cut, the handshake not counted.
    pub takes: usize,
    pub gives: usize,
    /// For each frame in turn: how many lines others say after it.
    pub others: Vec<usize>,
    /// For each line in turn: whether it is dropped, because the client is behind.
    pub drops: Vec<bool>,
    /// How many frames of the connections before it are taken late: before it begins, and after each of its frames.
    pub late: [usize; 2],
    /// Whether those that are left then are found to be lost, which ends their members, before it begins.
    pub finds_lost: bool,
}

impl Connection {
    /// The last one, which is not cut.
    fn whole() -> Connection {
        Connection {
            before: 1,
            takes: usize::MAX,
            gives: usize::MAX,
            others: vec![0],
            drops: vec![false],
            late: [0, 1],
            finds_lost: false,
        }
    }
}

/// A running server. It hands over what the client is to type, a line after each frame.
pub struct CuttingServer {
    pub address: SocketAddr,
    thread: JoinHandle<Room>,
}

impl CuttingServer {
    /// Starts it with what happens on each connection, and the lines to be typed.
    pub fn start(
        kept: usize,
        connections: Vec<Connection>,
        typed: Vec<String>,
        keyboard: Sender<String>,
    ) -> CuttingServer {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            let mut room = Room::new(kept);
            let mut keyboard = Keyboard {
                typed: typed.into_iter(),
                keyboard: Some(keyboard),
            };
            let mut connections = connections.into_iter();
            loop {
                let (stream, _) = listener.accept().unwrap();
                let connection = connections.next().unwrap_or_else(Connection::whole);
                // An error is the end of the connection, which the client made.
                match serve(stream, connection, &mut room, &mut keyboard) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                        // What is late is taken once more, and must not be said twice.
                        room.take_late(usize::MAX);
                        return room;
                    }
                    Err(_) => {}
                }
            }
        });
        CuttingServer { address, thread }
    }

    /// Ends it when the client has ended, and returns the room.
    pub fn end(self) -> Room {
        // Nothing comes on this connection, which is how the server knows.
        drop(TcpStream::connect(self.address).unwrap());
        self.thread.join().unwrap()
    }
}

/// What is still to be typed.
struct Keyboard {
    typed: std::vec::IntoIter<String>,
    keyboard: Option<Sender<String>>,
}

impl Keyboard {
    /// Types a line, or ends the input. The client reads it sooner or later, or has ended.
    fn press(&mut self) {
        match self.typed.next() {
            Some(line) => drop(self.keyboard.as_ref().unwrap().send(line)),
            None => self.keyboard = None,
        }
    }
}

/// The server's side of one connection.
struct Served<'a> {
    stream: TcpStream,
    connection: Connection,
    room: &'a mut Room,
    /// The newest line that was given, dropped or told to be gone.
    newest: usize,
    dropped: u64,
    frames: usize,
    is_over: bool,
}

fn serve(
    mut stream: TcpStream,
    connection: Connection,
    room: &mut Room,
    keyboard: &mut Keyboard,
) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    let head = read_head(&mut stream)?;
    stream.write_all(&switching_protocols(&head)?)?;
    let request = head.lines().next().unwrap_or_default();
    room.trace.push(request.to_owned());
    for _ in 0..connection.before {
        room.append(&format!("{OTHER}: a"));
    }
    room.take_late(connection.late[0]);
    if connection.finds_lost {
        room.find_lost();
    }
    let newest = room.lines.len();
    let name = parameter(&head, "name=").unwrap_or_default();
    room.live = room.join(name);
    let mut frames = Frames {
        left: connection.takes,
        stream: stream.try_clone()?,
        unread: Vec::new(),
    };
    let mut served = Served {
        stream,
        newest,
        room,
        connection,
        dropped: 0,
        frames: 0,
        is_over: false,
    };
    let mut ended = served.greet(&head);
    while ended.is_ok() && !served.is_over {
        let Some(frame) = frames.next()? else {
            break;
        };
        ended = served.take(frame);
        keyboard.press();
    }
    served.end(frames)
}

/// What the client sends, up to the cut.
struct Frames {
    stream: TcpStream,
    left: usize,
    unread: Vec<u8>,
}

impl Frames {
    /// The next one, or nothing if there is none.
    fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some((frame, length)) = decode_masked(&self.unread)? {
                self.unread.drain(..length);
                return Ok(Some(frame));
            }
            let mut bytes = vec![0; self.left.min(4096)];
            let length = self.stream.read(&mut bytes).unwrap_or(0);
            if length == 0 {
                return Ok(None);
            }
            self.left -= length;
            self.unread.extend(&bytes[..length]);
        }
    }
}

/// Reads the request. Fails with `Interrupted` at the end of the stream.
fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// The value of a parameter in the query of the request.
fn parameter<'a>(head: &'a str, key: &str) -> Option<&'a str> {
    let (_, value) = head.lines().next()?.split_once(key)?;
    value.split(['&', ' ']).next()
}

impl Served<'_> {
    fn greet(&mut self, head: &str) -> io::Result<()> {
        let name = &self.room.live;
        self.give(&frame::text(&format!("* you are {name} in room 5f3a09c1")))?;
        let Some(since) = parameter(head, "since=") else {
            return self.give_lines();
        };
        let since: usize = since.parse().map_err(io::Error::other)?;
        let first = since.max(self.newest.saturating_sub(self.room.kept));
        if first > since {
            self.give(&frame::text(&gap::sentence((first - since) as u64)))?;
        }
        let past = self.room.lines[first..self.newest].iter();
        let past: Vec<_> = past.map(|line| frame::text(line)).collect();
        for frame in past {
            self.give(&frame)?;
        }
        self.give_lines()
    }

    fn take(&mut self, frame: Frame) -> io::Result<()> {
        let Frame { opcode, .. } = frame;
        self.room
            .trace
            .push(format!("took {opcode}: {}", frame.text()));
        match frame.opcode {
            TEXT => {
                let mut name = std::mem::take(&mut self.room.live);
                let answer = self.room.take(&mut name, &frame.text());
                self.room.live = name;
                self.give_lines()?;
                if let Some(answer) = answer {
                    self.tell_gap()?;
                    self.give(&frame::text(&answer))?;
                }
            }
            PING => {
                // A Pong proves that every receipt before it has been given, or that its gap has been told.
                self.tell_gap()?;
                let pong = [header(0x80 | PONG, frame.payload.len()), frame.payload].concat();
                self.give(&pong.into())?;
            }
            CLOSE => {
                self.give(
                    &[header(0x80 | CLOSE, frame.payload.len()), frame.payload]
                        .concat()
                        .into(),
                )?;
                self.is_over = true;
            }
            _ => {}
        }
        let others = &self.connection.others;
        for _ in 0..others[self.frames % others.len()] {
            self.room.append(&format!("{OTHER}: b"));
        }
        self.room.take_late(self.connection.late[1]);
        self.frames += 1;
        self.give_lines()
    }

    /// Cuts the connection. What the client has sent until it finds out is taken late.
    fn end(self, mut frames: Frames) -> io::Result<()> {
        // It fails if the client has cut it first.
        _ = self.stream.shutdown(Shutdown::Write);
        let mut ghost = Ghost {
            name: std::mem::take(&mut self.room.live),
            frames: VecDeque::new(),
        };
        while let Some(frame) = frames.next()? {
            ghost.frames.push_back(frame);
        }
        self.room.ghosts.push(ghost);
        Ok(())
    }

    fn give_lines(&mut self) -> io::Result<()> {
        while let Some(line) = self.room.lines.get(self.newest).cloned() {
            let drops = &self.connection.drops;
            if drops[self.newest % drops.len()] {
                self.dropped += 1;
            } else {
                self.tell_gap()?;
                self.give(&frame::text(&line))?;
            }
            self.newest += 1;
        }
        Ok(())
    }

    fn tell_gap(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.dropped) {
            0 => Ok(()),
            dropped => self.give(&frame::text(&gap::sentence(dropped))),
        }
    }

    /// Gives what may still be given. Behind a cut the server does not know that nothing arrives, and goes on.
    fn give(&mut self, bytes: &Bytes) -> io::Result<()> {
        let length = bytes.len().min(self.connection.gives);
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        self.room.trace.push(format!("gave {text:?}"));
        self.connection.gives -= length;
        self.stream.write_all(&bytes[..length])?;
        if length < bytes.len() {
            self.is_over = true;
        }
        Ok(())
    }
}
