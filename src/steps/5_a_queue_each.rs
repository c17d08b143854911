//! Step 5: two threads and a queue for each client.
//!
//! **What it shows.** It is right. One thread sleeps in `read`, the other in its queue, where a line does wake it:
//! nobody waits for anybody, nobody is late, and while nobody talks nobody wakes up.
//!
//! **What breaks it.** Only its price: a line wakes a thread for each who gets it, and that costs several times what
//! the `write` does. The server has one thread that writes for many; a client that is behind gets one of its own.
//!
//! **What to type.** Each line in a terminal of its own, the last one before and after you say something:
//!
//! ```text
//! make step-5
//! make run-client URL=ws://127.0.0.1:9001/             # in several; Ctrl-Z in one stops no other
//! grep ^vol /proc/$(pgrep -x step-5)/task/*/status     # counts how often each thread went to sleep
//! ```

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Read, Write, stdout};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{env, thread};

use blocking_chat::base::frame;
use crossbeam_channel::{Sender, bounded};
use tungstenite::{Bytes, Message};

/// How many frames may wait for a client. It misses the lines that do not fit: to wait for room would be step 3 again.
const QUEUE: usize = 1024;

/// The queues of all who are in the room, by the number of their threads.
static ROOM: Mutex<BTreeMap<u64, Sender<Bytes>>> = Mutex::new(BTreeMap::new());

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args_os().nth(1).unwrap_or("127.0.0.1:9001".into());
    let address = address.to_string_lossy();
    let listener = TcpListener::bind(address.as_ref())
        .map_err(|error| format!("{address}: {error}; try `make step-5 PORT=9002`"))?;
    writeln!(stdout(), "listening on ws://{}/", listener.local_addr()?)?;
    for (id, socket) in (1..).zip(listener.incoming()) {
        let conn = thread::Builder::new().name(format!("conn-{id}"));
        if let Err(error) = socket.and_then(|socket| conn.spawn(move || serve(id, socket))) {
            eprintln!("cannot serve client {id}: {error}");
        }
    }
    Ok(())
}

/// Talks with one client until it leaves, takes it out of the room, then says why it left.
fn serve(id: u64, socket: TcpStream) {
    let Err(reason) = converse(id, socket);
    room().remove(&id);
    eprintln!("client {id} left: {reason}");
}

/// Queues for everyone what the client says, and has a second thread send it what is in its own queue.
fn converse(id: u64, socket: TcpStream) -> Result<Infallible, Box<dyn Error>> {
    socket.set_nodelay(true)?;
    let (queue, frames) = bounded::<Bytes>(QUEUE);
    // It ends when a `write` fails, or when the queue is empty and nobody is left who could put something in.
    let writer = thread::Builder::new().name(format!("writer-{id}"));
    let mut out = socket.try_clone()?;
    writer.spawn(move || frames.iter().try_for_each(|frame| out.write_all(&frame)))?;
    let mut websocket = tungstenite::accept(Stream(socket, queue.clone()))?;
    room().insert(id, queue);
    loop {
        if let Message::Text(text) = websocket.read()? {
            let frame = frame::text(&text);
            for queue in room().values() {
                let _ = queue.try_send(frame.clone());
            }
        }
    }
}

/// What tungstenite reads from and writes to. Should a Pong find the queue full, only this client's own reading waits.
struct Stream(TcpStream, Sender<Bytes>);

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Stream {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        let queued = self.1.send(Bytes::copy_from_slice(frames));
        queued.map(|()| frames.len()).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Locks the room. A thread that panicked with the lock has left the map whole, so the others go on.
fn room() -> MutexGuard<'static, BTreeMap<u64, Sender<Bytes>>> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}
