//! A chat server that serves one client under test, and cuts its connections after any number of bytes.
//!
//! After a cut, the old member may remain. It goes when the client returns under the same name, or when the server
//! notices the cut. Until then, lines that the client sent on the old connection are still said.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};

use blocking_chat::base::{frame, gap};
use tungstenite::Bytes;

use crate::cutting_room::{CutMember, OTHER, Room};
use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{CLOSE, Frame, PING, PONG, TEXT, header};
use crate::support::scripted_server::{decode_masked, switching_protocols};

/// The script of one connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The number of lines that the other member says before the connection begins.
    pub before: usize,
    /// The connection is cut after this many bytes from the client, not counting the handshake.
    pub bytes_from_client: usize,
    pub bytes_to_client: usize,
    /// The number of lines that the other member says after each frame of the client. The list repeats.
    pub others: Vec<usize>,
    /// For each line, whether the server drops it, as if the client were behind. The list repeats.
    pub drops: Vec<bool>,
    /// How many late frames are handled before this connection begins, and how many after each of its frames. Late
    /// frames come from former connections.
    pub late: [usize; 2],
    /// Whether the server removes the members of lost connections before this connection begins.
    pub notices_loss: bool,
}

impl Connection {
    /// Returns the script of the last connection, which is not cut.
    fn uncut() -> Connection {
        Connection {
            before: 1,
            bytes_from_client: usize::MAX,
            bytes_to_client: usize::MAX,
            others: vec![0],
            drops: vec![false],
            late: [0, 1],
            notices_loss: false,
        }
    }
}

/// A running server. After each frame of the client, the server types the next line of the client's input.
pub struct CuttingServer {
    pub address: SocketAddr,
    thread: JoinHandle<Room>,
}

impl CuttingServer {
    /// Starts a server with the scripts of its connections and the lines that it types for the client.
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
                let connection = connections.next().unwrap_or_else(Connection::uncut);
                // `Interrupted` ends the server. Any other error means that the client has closed the connection.
                match serve(stream, connection, &mut room, &mut keyboard) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                        // Handle the remaining late frames. If the client has sent their lines again, the lines are
                        // said twice, and the test fails.
                        room.handle_late_frames(usize::MAX);
                        return room;
                    }
                    Err(_) => {}
                }
            }
        });
        CuttingServer { address, thread }
    }

    /// Ends the server and returns the room. The client must have ended.
    pub fn end(self) -> Room {
        // A connection without a request tells the server to end.
        drop(TcpStream::connect(self.address).unwrap());
        self.thread.join().unwrap()
    }
}

/// The lines that are still to be typed.
struct Keyboard {
    typed: std::vec::IntoIter<String>,
    keyboard: Option<Sender<String>>,
}

impl Keyboard {
    /// Types the next line, or ends the input if no line is left. The client reads the line later, unless the client
    /// has ended.
    fn type_next_line(&mut self) {
        match self.typed.next() {
            Some(line) => drop(self.keyboard.as_ref().unwrap().send(line)),
            None => self.keyboard = None,
        }
    }
}

/// The server's side of one connection.
struct ServerConnection<'a> {
    stream: TcpStream,
    connection: Connection,
    room: &'a mut Room,
    /// The number of the newest line that was sent, dropped or reported as gone.
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
    room.handle_late_frames(connection.late[0]);
    if connection.notices_loss {
        room.remove_lost_members();
    }
    let newest = room.lines.len();
    let name = parameter(&head, "name=").unwrap_or_default();
    room.live = room.join(name);
    let mut frames = Frames {
        left: connection.bytes_from_client,
        stream: stream.try_clone()?,
        unread: Vec::new(),
    };
    let mut server = ServerConnection {
        stream,
        newest,
        room,
        connection,
        dropped: 0,
        frames: 0,
        is_over: false,
    };
    let mut ended = server.greet(&head);
    while ended.is_ok() && !server.is_over {
        let Some(frame) = frames.next()? else {
            break;
        };
        ended = server.handle(frame);
        keyboard.type_next_line();
    }
    server.end(frames)
}

/// The frames of the client, up to the limit `bytes_from_client`.
struct Frames {
    stream: TcpStream,
    left: usize,
    unread: Vec<u8>,
}

impl Frames {
    /// Returns the next frame. Returns `None` at the limit, at the end of the stream, or if the read fails.
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

/// Reads the head of a request. Fails with `Interrupted` if the stream ends before the head does.
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

/// Returns the value of a parameter in the query of the request.
fn parameter<'a>(head: &'a str, key: &str) -> Option<&'a str> {
    let (_, value) = head.lines().next()?.split_once(key)?;
    value.split(['&', ' ']).next()
}

impl ServerConnection<'_> {
    fn greet(&mut self, head: &str) -> io::Result<()> {
        let name = &self.room.live;
        self.send(&frame::text(&format!("* you are {name} in room 5f3a09c1")))?;
        let Some(since) = parameter(head, "since=") else {
            return self.send_lines();
        };
        let since: usize = since.parse().map_err(io::Error::other)?;
        let first = since.max(self.newest.saturating_sub(self.room.kept));
        if first > since {
            self.send(&frame::text(&gap::notice((first - since) as u64)))?;
        }
        let past = self.room.lines[first..self.newest].iter();
        let past: Vec<_> = past.map(|line| frame::text(line)).collect();
        for frame in past {
            self.send(&frame)?;
        }
        self.send_lines()
    }

    fn handle(&mut self, frame: Frame) -> io::Result<()> {
        let Frame { opcode, .. } = frame;
        self.room
            .trace
            .push(format!("received {opcode}: {}", frame.text()));
        match frame.opcode {
            TEXT => {
                let mut name = std::mem::take(&mut self.room.live);
                let answer = self.room.handle(&mut name, &frame.text());
                self.room.live = name;
                self.send_lines()?;
                if let Some(answer) = answer {
                    self.report_gap()?;
                    self.send(&frame::text(&answer))?;
                }
            }
            PING => {
                // A Pong proves that each earlier receipt was either sent or counted in a gap notice.
                self.report_gap()?;
                let pong = [header(0x80 | PONG, frame.payload.len()), frame.payload].concat();
                self.send(&pong.into())?;
            }
            CLOSE => {
                self.send(
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
        self.room.handle_late_frames(self.connection.late[1]);
        self.frames += 1;
        self.send_lines()
    }

    /// Cuts the connection. Further frames of the client, up to the limit `bytes_from_client`, are handled late.
    fn end(self, mut frames: Frames) -> io::Result<()> {
        // The shutdown may fail if the client has closed the connection first.
        _ = self.stream.shutdown(Shutdown::Write);
        let mut member = CutMember {
            name: std::mem::take(&mut self.room.live),
            frames: VecDeque::new(),
        };
        while let Some(frame) = frames.next()? {
            member.frames.push_back(frame);
        }
        self.room.cut_members.push(member);
        Ok(())
    }

    fn send_lines(&mut self) -> io::Result<()> {
        while let Some(line) = self.room.lines.get(self.newest).cloned() {
            let drops = &self.connection.drops;
            if drops[self.newest % drops.len()] {
                self.dropped += 1;
            } else {
                self.report_gap()?;
                self.send(&frame::text(&line))?;
            }
            self.newest += 1;
        }
        Ok(())
    }

    fn report_gap(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.dropped) {
            0 => Ok(()),
            dropped => self.send(&frame::text(&gap::notice(dropped))),
        }
    }

    /// Sends the part of `bytes` before the cut. A real server would not notice the cut, so the cut is not an error.
    fn send(&mut self, bytes: &Bytes) -> io::Result<()> {
        let length = bytes.len().min(self.connection.bytes_to_client);
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        self.room.trace.push(format!("sent {text:?}"));
        self.connection.bytes_to_client -= length;
        self.stream.write_all(&bytes[..length])?;
        if length < bytes.len() {
            self.is_over = true;
        }
        Ok(())
    }
}
