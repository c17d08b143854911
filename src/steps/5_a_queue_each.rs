//! Step 5: two threads and a queue for each client.
//!
//! **What it shows.** This design works. Each client has one thread that sleeps in `read`, and one that sleeps until
//! its queue has a line. No client waits for another one, no line is late, and no thread wakes up in a quiet room.
//!
//! **What breaks it.** Only its cost: each line wakes one thread per recipient, which costs several times as much as
//! the `write`. In the real server, one thread writes for many clients. Only a client that is behind gets a writing
//! thread of its own.
//!
//! **What to type.** Use a separate terminal for each line. Type the last one before and after you say something:
//!
//! ```text
//! make step-5
//! make run-client URL=ws://127.0.0.1:9001/   # several; Ctrl-Z stops one
//! grep ^vol /proc/$(pgrep -x step-5)/task/*/status   # sleeps per thread
//! ```

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use blocking_chat::base::frame;
use crossbeam_channel::{Sender, bounded};
use tungstenite::{Bytes, Message};

mod lesson;

/// The maximum number of frames that wait for a client. Lines that do not fit are dropped: if a thread waited for
/// space, this would be step 3 again.
const QUEUE: usize = 1024;

/// The queues of all members, by client id.
static ROOM: Mutex<BTreeMap<u64, Sender<Bytes>>> = Mutex::new(BTreeMap::new());

fn main() -> Result<(), Box<dyn Error>> {
    let listener = lesson::listen("ws", include_str!("5_a_queue_each.rs"))?;
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

/// Puts each line of the client into every queue. A second thread sends the client the frames in the client's own queue.
fn converse(id: u64, socket: TcpStream) -> Result<Infallible, Box<dyn Error>> {
    socket.set_nodelay(true)?;
    let (queue, frames) = bounded::<Bytes>(QUEUE);
    // The writer thread ends when a `write` fails, or when the queue is empty and all of its senders are dropped.
    let writer = thread::Builder::new().name(format!("writer-{id}"));
    let mut out = socket.try_clone()?;
    writer.spawn(move || frames.iter().try_for_each(|frame| out.write_all(&frame)))?;
    let mut websocket = tungstenite::accept(QueuedStream(socket, queue.clone()))?;
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

/// The stream that tungstenite uses. A `write` appends to the client's queue. While that queue is full, only this client's thread waits.
struct QueuedStream(TcpStream, Sender<Bytes>);

impl Read for QueuedStream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for QueuedStream {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        let queued = self.1.send(Bytes::copy_from_slice(frames));
        queued.map(|()| frames.len()).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Locks the room. A panic under the lock leaves the map consistent, so other threads continue.
fn room() -> MutexGuard<'static, BTreeMap<u64, Sender<Bytes>>> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}
