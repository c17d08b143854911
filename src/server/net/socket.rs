//! One accepted socket, shared by the threads that may have to end it.

pub mod closing;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::base::semaphore::Permit;
use crate::base::send;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::observe::counters::ByteCounters;
use crate::server::observe::metrics::Metrics;
use crate::server::observe::trace::{ConnectionTrace, Sending};

/// An accepted socket. It closes when the last thread drops it. Right after that, its permit is free.
#[derive(Debug)]
pub struct Socket {
    // Fields are dropped in this order: no descriptor outlives its permit.
    pub(crate) stream: TcpStream,
    disconnect_reason: OnceLock<DisconnectReason>,
    is_websocket: AtomicBool,
    counters: ByteCounters,
    trace: Option<Box<ConnectionTrace>>,
    _permit: Permit,
}

impl Socket {
    /// Takes over an accepted stream.
    pub fn new(
        stream: TcpStream,
        permit: Permit,
        metrics: &Arc<Metrics>,
        trace: Option<Box<ConnectionTrace>>,
    ) -> Socket {
        Socket {
            stream,
            disconnect_reason: OnceLock::new(),
            is_websocket: AtomicBool::new(false),
            counters: ByteCounters::new(Arc::clone(metrics)),
            trace,
            _permit: permit,
        }
    }

    /// Waits for bytes and reads them, with the timeout that was set last. Only the connection's own thread may call
    /// this.
    ///
    /// # Errors
    /// The errors of read(2) except `Interrupted`; `WouldBlock` after the timeout.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&self.stream).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(length) => {
                    self.counters.count_received(length);
                    if let Some(trace) = &self.trace {
                        trace.received(&buffer[..length]);
                    }
                    return Ok(length);
                }
            }
        }
    }

    /// Waits until there is something to read or the stream ends, with the timeout that was set last.
    ///
    /// # Errors
    /// The errors of recv(2) except `Interrupted`; `WouldBlock` after the timeout.
    pub fn wait_until_readable(&self) -> io::Result<()> {
        loop {
            match self.stream.peek(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map(drop),
            }
        }
    }

    /// Sets how long a [`read`](Socket::read) may wait.
    ///
    /// # Errors
    /// The errors of setsockopt(2).
    pub fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(timeout))
    }

    /// Waits until the socket takes bytes, and writes them. Only the owner of the write half may call this.
    ///
    /// # Errors
    /// The errors of write(2).
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let written = (&self.stream).write(bytes)?;
        self.on_sent(&bytes[..written], None);
        Ok(written)
    }

    /// Sends what the socket takes at once. Only the owner of the write half may call this.
    ///
    /// # Errors
    /// The errors of send(2); `WouldBlock` if the socket takes nothing at once.
    pub(super) fn send_now(&self, bytes: &[u8]) -> io::Result<usize> {
        // Begins before the send: the peer may answer before the call returns, and its answer must be shown after this.
        let sending = self.trace.as_deref().map(ConnectionTrace::sending);
        let sent = send::without_waiting(&self.stream, bytes)?;
        self.on_sent(&bytes[..sent], sending);
        Ok(sent)
    }

    fn on_sent(&self, bytes: &[u8], sending: Option<Sending<'_>>) {
        self.counters.count_sent(bytes.len());
        if let Some(trace) = &self.trace {
            sending.unwrap_or_else(|| trace.sending()).sent(bytes);
        }
    }

    /// Returns the counters of this connection.
    pub fn counters(&self) -> &ByteCounters {
        &self.counters
    }

    /// Returns why this connection ends, or `None` while it is open.
    pub fn disconnect_reason(&self) -> Option<&DisconnectReason> {
        self.disconnect_reason.get()
    }
}
