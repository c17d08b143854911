//! Step 3: every thread writes to every client, under a lock.
//!
//! **What it shows.** This is a chat. One map holds the sockets of all clients. A thread that reads a line writes it to
//! all sockets. If two threads wrote to one socket at once, their frames would mix, so a thread locks the map to write.
//!
//! **What breaks it.** `write` sleeps while a client's socket is full, and the writing thread holds the lock meanwhile.
//! So one client that stops reading stops everyone: there is no line, no Pong and no handshake until that client reads
//! again or disconnects.
//!
//! **What to type.** Use a separate terminal for each line:
//!
//! ```text
//! make step-3
//! make run-client URL=ws://127.0.0.1:9001/   # Ctrl-Z stops it
//! make run-client URL=ws://127.0.0.1:9001/   # prints the numbers
//! seq 9000000 | make run-client URL=ws://127.0.0.1:9001/   # sends them
//! ```
//!
//! After a few seconds the stopped client's socket is full, and the numbers stop in all terminals. Type `fg` in the
//! second terminal: the numbers continue where they stopped. Ctrl-C in the last terminal ends the flood.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use blocking_chat::base::frame;
use tungstenite::Message;

mod lesson;

/// The sockets of all members, by client id.
static ROOM: Mutex<BTreeMap<u64, TcpStream>> = Mutex::new(BTreeMap::new());

fn main() -> Result<(), Box<dyn Error>> {
    let listener = lesson::listen("ws", include_str!("3_a_lock.rs"))?;
    for (id, socket) in (1..).zip(listener.incoming()) {
        let conn = thread::Builder::new().name(format!("conn-{id}"));
        if let Err(error) = socket.and_then(|socket| conn.spawn(move || serve(id, socket))) {
            lesson::log(format!("cannot serve client {id}: {error}"));
        }
    }
    Ok(())
}

/// Serves one client until it leaves, removes it from the room, then logs why it left.
fn serve(id: u64, socket: TcpStream) {
    let Err(reason) = converse(id, socket);
    room().remove(&id);
    lesson::log(format!("client {id} left: {reason}"));
}

/// Sends each line of this client to all clients, including the sender. The sender's copy is its receipt.
fn converse(id: u64, socket: TcpStream) -> Result<Infallible, Box<dyn Error>> {
    socket.set_nodelay(true)?;
    let mut websocket = tungstenite::accept(LockedStream(socket.try_clone()?))?;
    room().insert(id, socket);
    loop {
        if let Message::Text(text) = websocket.read()? {
            let frame = frame::text(&text);
            for socket in room().values_mut() {
                // If a socket fails, the `read` of its own thread fails too, and that thread removes the socket.
                let _ = socket.write_all(&frame);
            }
        }
    }
}

/// The stream that tungstenite uses. A `write` locks the room. From within `read`, tungstenite itself sends Pongs and
/// the reply to a Close. Without the lock, these frames could end up in the middle of another frame.
struct LockedStream(TcpStream);

impl Read for LockedStream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for LockedStream {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        let _turn = room();
        self.0.write_all(frames).map(|()| frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Locks the room. A panic under the lock leaves the map consistent, so other threads continue.
fn room() -> MutexGuard<'static, BTreeMap<u64, TcpStream>> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}
