//! A chat with one member that counts, and which cuts its connection anywhere.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};

use blocking_chat::base::{frame, gap};
use tungstenite::Bytes;

use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{CLOSE, Frame, PING, PONG, TEXT, header};
use crate::support::scripted_server::{decode_masked, switching_protocols};

/// The name of the client, and of everyone else.
pub const NAME: &str = "anna";
const OTHER: &str = "ben";

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
        }
    }
}

/// The room, which keeps the newest lines only.
#[derive(Debug)]
pub struct Room {
    kept: usize,
    pub lines: Vec<String>,
    /// What went over the wire, for a reader of a failure.
    pub trace: Vec<String>,
}

impl Room {
    fn say(&mut self, name: &str, text: &str) {
        let number = self.lines.len() + 1;
        self.lines.push(format!("{number} {name}: {text}"));
    }

    /// What the client has said.
    pub fn said(&self) -> Vec<String> {
        let begin = format!("{NAME}: ");
        let said = self.lines.iter().filter_map(|line| {
            let (_, said) = line.split_once(' ')?;
            said.strip_prefix(&begin)
        });
        said.map(str::to_owned).collect()
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
            let mut room = Room {
                kept,
                lines: Vec::new(),
                trace: Vec::new(),
            };
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
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => return room,
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
    for _ in 0..connection.before {
        room.say(OTHER, "a");
    }
    let request = head.lines().next().unwrap_or_default();
    room.trace.push(request.to_owned());
    let mut served = Served {
        stream,
        newest: room.lines.len(),
        room,
        connection,
        dropped: 0,
        frames: 0,
        is_over: false,
    };
    served.greet(since(&head))?;
    let (mut unread, mut taken) = (Vec::new(), 0);
    while !served.is_over {
        let left = served.connection.takes - taken;
        let mut bytes = vec![0; left.min(4096)];
        let length = served.stream.read(&mut bytes)?;
        if length == 0 {
            return Ok(());
        }
        taken += length;
        unread.extend(&bytes[..length]);
        while let Some((frame, length)) = decode_masked(&unread)? {
            unread.drain(..length);
            served.take(frame)?;
            keyboard.press();
        }
    }
    Ok(())
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

/// The number in the query of the request.
fn since(head: &str) -> Option<usize> {
    let (_, since) = head.lines().next()?.split_once("since=")?;
    let digits = since.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

impl Served<'_> {
    fn greet(&mut self, since: Option<usize>) -> io::Result<()> {
        self.give(&frame::text(&format!("* you are {NAME} in room 5f3a09c1")))?;
        let Some(since) = since else {
            return Ok(());
        };
        let first = since.max(self.room.lines.len().saturating_sub(self.room.kept));
        if first > since {
            self.give(&frame::text(&gap::sentence((first - since) as u64)))?;
        }
        let past = self.room.lines[first..].iter();
        let past: Vec<_> = past.map(|line| frame::text(line)).collect();
        for frame in past {
            self.give(&frame)?;
        }
        Ok(())
    }

    fn take(&mut self, frame: Frame) -> io::Result<()> {
        let Frame { opcode, .. } = frame;
        self.room
            .trace
            .push(format!("took {opcode}: {}", frame.text()));
        match frame.opcode {
            TEXT => {
                let text = frame.text();
                let text = match text.strip_prefix('/') {
                    Some(said) => said,
                    None => &text,
                };
                self.room.say(NAME, text);
                self.give_lines()?;
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
            self.room.say(OTHER, "b");
        }
        self.frames += 1;
        self.give_lines()
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
