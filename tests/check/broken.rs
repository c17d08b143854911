//! A small chat server for the tests of the judge. Its argument names a fault of the server. Without the fault, the
//! server would pass all stages up to and including `goodbye`. It listens on the port in the variable `PORT`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, process, thread};

use blocking_chat::base::frame;
use blocking_chat::base::frame::Header;
use tungstenite::handshake::derive_accept_key;

/// The members, and the number of the last line. A member is a connection's id, a name and a socket.
static ROOM: Mutex<Room> = Mutex::new(Room {
    members: Vec::new(),
    last: 0,
});

struct Room {
    members: Vec<(u64, String, TcpStream)>,
    last: u64,
}

fn main() {
    let broken = env::args().nth(1).unwrap_or_default();
    let port = env::var("PORT").unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    println!("listening on ws://127.0.0.1:{port}/");
    for (id, socket) in (1..).zip(listener.incoming()) {
        let broken = broken.clone();
        thread::spawn(move || {
            let left = serve(id, &mut socket.unwrap(), &broken);
            let mut room = room();
            let at = room.members.iter().position(|(its, ..)| *its == id);
            if let (Some(at), true) = (at, left.is_some() || broken != "keeps the vanished") {
                let (_, name, _) = room.members.remove(at);
                room.send_to_all(&format!("* {name} left"), &broken);
            }
        });
    }
}

/// Serves one client until it leaves. Returns `None` if the connection ends without a Close.
fn serve(id: u64, socket: &mut TcpStream, broken: &str) -> Option<()> {
    match broken {
        "hangs" => loop {
            thread::park();
        },
        "exits" => process::exit(3),
        "closes" => return None,
        "sends garbage" => loop {
            socket.write_all(&[0xA7; 4096]).ok()?;
        },
        _ => {}
    }
    let head = read_head(socket)?;
    let key = head
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))?;
    let name = head
        .split_once("name=")
        .map_or("guest", |(_, rest)| rest.split([' ', '&']).next().unwrap());
    let name = name.replace("%C3%AB", "ë");
    if name.contains('%') || name.len() > 32 {
        return socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .ok();
    }
    let key = if broken == "has one key" {
        "dGhlIHNhbXBsZSBub25jZQ=="
    } else {
        key
    };
    let accept = derive_accept_key(key.as_bytes());
    write!(
        socket,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .ok()?;
    match broken {
        "sends garbage frames" => socket.write_all(&[0xF3; 4096]).ok()?,
        "announces a huge frame" => socket
            .write_all(&[0x81, 127, 0x7F, 0, 0, 0, 0, 0, 0, 0])
            .ok()?,
        "floods" => loop {
            socket.write_all(&frame::text("42 flood: on and on")).ok()?;
        },
        "pings without end" => loop {
            socket.write_all(&frame::ping()).ok()?;
        },
        _ => {}
    }
    room().join(id, &name, socket, broken);
    loop {
        let (opcode, payload) = read_frame(socket)?;
        if broken == "is slow" {
            // Each wait of the judge tolerates one such pause, but all pauses of a stage together exceed the stage's
            // time limit.
            let prompt = env::var("PROMPT").ok()?.parse().ok()?;
            thread::sleep(Duration::from_secs(prompt) * 2 / 3);
        }
        match opcode {
            1 => {
                for line in String::from_utf8(payload)
                    .ok()?
                    .lines()
                    .filter(|line| !line.is_empty())
                {
                    room().say(id, line, broken);
                }
            }
            8 if broken == "never answers Close" => {}
            8 => {
                let _turn = room();
                socket.write_all(&unmasked(8, &payload)).ok()?;
                return socket.shutdown(Shutdown::Both).ok();
            }
            9 if broken != "never answers Ping" => {
                let _turn = room();
                socket.write_all(&unmasked(10, &payload)).ok()?;
            }
            _ => {}
        }
    }
}

impl Room {
    fn join(&mut self, id: u64, wanted: &str, socket: &TcpStream, broken: &str) {
        let mut name = wanted.to_owned();
        for number in 2.. {
            if !self.members.iter().any(|(_, its, _)| *its == name) {
                break;
            }
            name = format!("{wanted}-{number}");
        }
        let mut socket = socket.try_clone().unwrap();
        if broken != "welcomes nobody" {
            let _ = socket.write_all(&frame::text(&format!("* you are {name}")));
        }
        self.members.push((id, name.clone(), socket));
        self.send_to_all(&format!("* {name} joined"), broken);
    }

    fn say(&mut self, id: u64, line: &str, broken: &str) {
        let name = self
            .members
            .iter()
            .find(|(its, ..)| *its == id)
            .map(|(_, name, _)| name.clone());
        let line = format!("{}: {line}", name.unwrap_or_default());
        if broken == "echoes alone" {
            self.members.retain(|(its, ..)| *its == id);
        }
        self.send_to_all(&line, broken);
        if broken == "says all twice" {
            self.last -= 1;
            self.send_to_all(&line, broken);
        }
    }

    /// Sends a line to all members. This is as naive as step 3: a client that stops reading blocks the whole room.
    fn send_to_all(&mut self, rest: &str, broken: &str) {
        self.last += if broken == "skips a number" && self.last == 30 {
            2
        } else {
            1
        };
        let line = frame::text(&format!("{} {rest}", self.last));
        for (_, _, socket) in &mut self.members {
            let _ = socket.write_all(&line);
        }
    }
}

fn read_head(socket: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    String::from_utf8(head).ok()
}

/// Reads a frame from a client. Returns its opcode and its unmasked payload, or `None` if the connection ends or the
/// frame has no mask.
fn read_frame(socket: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = Vec::new();
    let header = loop {
        let mut byte = [0];
        socket.read_exact(&mut byte).ok()?;
        head.extend(byte);
        if let Some(header) = Header::parse(&head) {
            break header;
        }
    };
    let mut payload = vec![0; header.payload_length as usize];
    socket.read_exact(&mut payload).ok()?;
    let mask = header.mask?;
    for (at, byte) in payload.iter_mut().enumerate() {
        *byte ^= mask[at % 4];
    }
    Some((header.opcode, payload))
}

/// Encodes a control frame as a server sends it: without a mask.
fn unmasked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    [&[0x80 | opcode, payload.len() as u8], payload].concat()
}

fn room() -> MutexGuard<'static, Room> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}
