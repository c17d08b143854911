//! One accepted socket, shared by the threads that may have to shut it down.

pub mod closing;
pub mod observing;
pub mod setup;

use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use crate::base::semaphore::Permit;
use crate::server::observe::counters::ConnectionCounters;
use crate::server::observe::disconnect::DisconnectReason;
use crate::server::observe::trace::ConnectionTrace;

/// An accepted socket. It closes when the last thread drops it, and then its permit (of `--max-connections`) is free.
#[derive(Debug)]
pub struct Socket {
    // Fields are dropped in the order of their declaration, so the descriptor closes before the permit is free.
    pub(crate) stream: TcpStream,
    disconnect_reason: OnceLock<DisconnectReason>,
    is_websocket: AtomicBool,
    counters: ConnectionCounters,
    trace: Option<Box<ConnectionTrace>>,
    _permit: Permit,
}

impl Socket {
    /// Reads bytes, and gives up after the timeout that was set last. Only the connection's thread may call this.
    ///
    /// # Errors
    /// The errors of read(2) except `Interrupted`; `WouldBlock` after the timeout.
    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = uninterrupted(|| (&self.stream).read(buffer))?;
        self.on_received(&buffer[..length]);
        Ok(length)
    }
}

/// Repeats a system call until no signal interrupts it.
pub(super) fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
