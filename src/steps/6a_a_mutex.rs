//! Step 6a: the client, with two threads and a mutex.
//!
//! **What it shows.** Thread `stdin` reads lines and sends them. Thread `main` reads the socket and prints each line.
//! Both threads write to the socket, because `main` answers Pings. A mutex keeps frames from mixing: a thread holds it
//! while it writes a whole frame.
//!
//! **What breaks it.** A deadlock: client and server each wait forever for the other to read. The server is blocked in
//! `write`, because this client does not read. `stdin` holds the mutex and is blocked in `write`, because the server
//! does not read. And `main`, which must answer a Ping, waits for the mutex, so it does not read.
//!
//! **What to type.** The client starts its own server, which answers each line with a Ping and the line itself:
//!
//! ```text
//! make step-6a                   # what you type comes back; Ctrl-D ends it
//! seq 200000 | make step-6a      # the numbers stop forever; Ctrl-C ends it
//! seq 200000 | make step-6b      # the next step: all numbers come back
//! make step-6a URL=ws://127.0.0.1:9001/   # uses the server of make run-server
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

use tungstenite::Bytes;

mod lesson;
mod peer;
mod two_threads;

fn main() -> Result<(), Box<dyn Error>> {
    let source = include_str!("6a_a_mutex.rs");
    two_threads::run(source, |socket| MutexWriteSide(Mutex::new(socket)))
}

/// The write side of the socket. A thread holds the mutex while it writes one whole frame.
struct MutexWriteSide(Mutex<TcpStream>);

impl two_threads::SharedWriteSide for MutexWriteSide {
    fn send(&self, frame: Bytes) -> io::Result<()> {
        let mut socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        socket.write_all(&frame)
    }

    /// The mistake of this step: `main` does not read while it waits for the mutex or is blocked in `write`.
    fn answer(&self, pong: Bytes) -> io::Result<()> {
        self.send(pong)
    }
}
