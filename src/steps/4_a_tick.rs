//! Step 4: a queue for each client, checked fifty times a second.
//!
//! **What it shows.** Only a client's own thread writes to its socket. Other threads put lines into the client's queue
//! without waiting. So a client that stops reading stops only its own thread. But a thread that sleeps in `read` does
//! not notice a new line in its queue. So a read timeout, the tick, wakes the thread, which then empties its queue.
//!
//! **What breaks it.** A line is up to 20 ms late, and even in a quiet room every thread wakes up fifty times a second.
//! With a shorter tick, lines are less late, but threads wake up more often. No tick solves both problems.
//!
//! **What to type.** Use a separate terminal for each line, and type the last one twice:
//!
//! ```text
//! make step-4
//! make run-client URL=ws://127.0.0.1:9001/
//! make run-client URL=ws://127.0.0.1:9001/
//! grep ^vol /proc/$(pgrep -x step-4)/task/*/status   # sleeps per thread
//! ```

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};
use tungstenite::Message;

mod lesson;

/// The maximum delay of a line, and the interval at which each thread of a quiet room wakes up.
const TICK: Duration = Duration::from_millis(20);
/// The maximum number of lines that wait for a client. Lines that do not fit are dropped: if a thread waited for space, this would be
/// step 3 again. The limit hardly bounds memory, because a line may be up to 64 MiB long. The real server counts bytes.
const QUEUE: usize = 1024;

/// The queues of all members, by client id.
static ROOM: Mutex<BTreeMap<u64, Sender<String>>> = Mutex::new(BTreeMap::new());

fn main() -> Result<(), Box<dyn Error>> {
    let listener = lesson::listen("ws", include_str!("4_a_tick.rs"))?;
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

/// Puts each line of the client into every queue, and sends the client the lines in its own queue.
fn converse(id: u64, socket: TcpStream) -> Result<Infallible, Box<dyn Error>> {
    socket.set_nodelay(true)?;
    let mut websocket = tungstenite::accept(socket)?;
    // If the timeout were set earlier, `accept` would fail on a handshake that takes longer than a tick.
    websocket.get_ref().set_read_timeout(Some(TICK))?;
    let (queue, lines) = bounded(QUEUE);
    room().insert(id, queue);
    loop {
        match websocket.read() {
            Ok(Message::Text(text)) => {
                for queue in room().values() {
                    let _ = queue.try_send(text.to_string());
                }
            }
            Ok(_) => {}
            // The tick. A timeout within a frame loses nothing, because tungstenite keeps the part that has arrived.
            // After Ctrl-Z and `fg` in the server's terminal, a `read` with a timeout returns `Interrupted`.
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(error.into()),
        }
        // After a Close, only the reply to it may be sent, and the next `read` sends that.
        if websocket.can_write() {
            for text in lines.try_iter().take(QUEUE) {
                websocket.send(Message::text(text))?;
            }
        }
    }
}

/// Locks the room. A panic under the lock leaves the map consistent, so other threads continue.
fn room() -> MutexGuard<'static, BTreeMap<u64, Sender<String>>> {
    ROOM.lock().unwrap_or_else(PoisonError::into_inner)
}
