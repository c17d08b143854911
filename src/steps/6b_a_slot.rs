//! Step 6b: the client, with two threads, a mutex and a slot.
//!
//! **What it shows.** The rule that step 6a lacks: the thread that reads never waits for the write side. `main` puts
//! its Pong into a slot and only *tries* to lock the mutex. If another thread holds the mutex, that thread writes the
//! Pong. After a thread unlocks the mutex, it looks at the slot, because `main` may just have put a Pong there. The
//! slot holds only the latest Pong, because only the latest Ping needs an answer (RFC 6455, section 5.5.3).
//!
//! **What breaks it.** Nothing in this course. The client in `src/client` follows the same rule. It adds what a user
//! needs: a line editor and reconnects.
//!
//! **What to type.** Try this client as you tried step 6a:
//!
//! ```text
//! seq 200000 | make step-6b      # all numbers come back; in step 6a they stop
//! make step-6b URL=ws://127.0.0.1:9001/   # uses the server of make run-server
//! ```

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use blocking_chat::base::send;
use tungstenite::Bytes;

mod lesson;
mod peer;
mod two_threads;

fn main() -> Result<(), Box<dyn Error>> {
    two_threads::run(include_str!("6b_a_slot.rs"), |socket| SlotWriteSide {
        out: Mutex::new(Out {
            socket,
            rest: Bytes::new(),
        }),
        slot: Mutex::new(None),
    })
}

/// The write side of the socket. A thread locks `out` while it writes. It locks `slot` only for a moment, never during a write.
struct SlotWriteSide {
    out: Mutex<Out>,
    slot: Mutex<Option<Bytes>>,
}

/// The socket, and the rest of a Pong that did not fit into the socket's buffer.
struct Out {
    socket: TcpStream,
    rest: Bytes,
}

impl two_threads::SharedWriteSide for SlotWriteSide {
    fn send(&self, frame: Bytes) -> io::Result<()> {
        let mut next = Some(frame);
        while next.is_some() {
            let mut out = lock(&self.out);
            let rest = std::mem::take(&mut out.rest);
            out.socket.write_all(&rest)?;
            out.socket.write_all(&next.take().unwrap_or_default())?;
            drop(out);
            // While this thread held the mutex, `main` could not lock it, and may have left a Pong in the slot.
            next = lock(&self.slot).take();
        }
        Ok(())
    }

    fn answer(&self, pong: Bytes) -> io::Result<()> {
        *lock(&self.slot) = Some(pong);
        self.try_flush().map(|_| ())
    }

    fn try_flush(&self) -> io::Result<bool> {
        while let Ok(mut out) = self.out.try_lock() {
            if out.rest.is_empty() {
                out.rest = lock(&self.slot).take().unwrap_or_default();
            }
            while !out.rest.is_empty() {
                match send::without_waiting(&out.socket, &out.rest) {
                    Ok(sent) => drop(out.rest.split_to(sent)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                    Err(error) => return Err(error),
                }
            }
            drop(out);
            if lock(&self.slot).is_none() {
                break;
            }
        }
        Ok(false)
    }
}

/// Locks a mutex. If a thread panicked while it held the mutex, the value is still consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
