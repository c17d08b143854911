//! One accepted socket, shared by the threads that may have to end it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::base::semaphore::Permit;
use crate::base::send;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::observe::counters::ByteCounters;
use crate::server::observe::metrics::Metrics;
use crate::server::observe::trace::{ConnectionTrace, Sending};

/// An accepted socket. It is closed when the last thread lets go of it, and its slot is given back right after that.
#[derive(Debug)]
pub struct Socket {
    // Fields are dropped in this order: no descriptor outlives its slot.
    pub(crate) stream: TcpStream,
    ending: OnceLock<DisconnectReason>,
    is_websocket: AtomicBool,
    counters: ByteCounters,
    // A pointer costs nobody anything as long as nothing is shown.
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
            ending: OnceLock::new(),
            is_websocket: AtomicBool::new(false),
            counters: ByteCounters::new(Arc::clone(metrics)),
            trace,
            _permit: permit,
        }
    }

    /// Reads what has come, waiting at most `timeout` for it. Only the connection's own thread may call this.
    ///
    /// # Errors
    /// Those of read(2); `WouldBlock` when the timeout is over.
    pub fn read_within(&self, timeout: Duration, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(timeout))?;
        self.read(buffer)
    }

    /// Reads what has come, with the timeout that was set last.
    ///
    /// # Errors
    /// Those of read(2) but `Interrupted`; `WouldBlock` when the timeout is over.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match (&self.stream).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    return result.inspect(|length| self.on_received(buffer.get(..*length)));
                }
            }
        }
    }

    /// Waits until there is something to read or nothing more will come, with the timeout that was set last.
    ///
    /// # Errors
    /// Those of recv(2) but `Interrupted`; `WouldBlock` when the timeout is over.
    pub fn wait_until_readable(&self) -> io::Result<()> {
        loop {
            match self.stream.peek(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map(drop),
            }
        }
    }

    fn on_received(&self, bytes: Option<&[u8]>) {
        let bytes = bytes.unwrap_or_default();
        self.counters.count_received(bytes.len());
        self.trace.iter().for_each(|trace| trace.received(bytes));
    }

    /// Writes what the socket takes, waiting for that. Only the owner of the write half may call this.
    ///
    /// # Errors
    /// Those of write(2).
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let written = (&self.stream).write(bytes);
        written.inspect(|length| self.on_sent(bytes.get(..*length), None))
    }

    /// The same without waiting; `WouldBlock` if the socket takes nothing at once.
    pub(crate) fn write_without_waiting(&self, bytes: &[u8]) -> io::Result<usize> {
        // The peer may have answered before the call returns, and its answer shall be shown behind this.
        let sending = self.trace.as_deref().map(ConnectionTrace::sending);
        let sent = send::without_waiting(&self.stream, bytes);
        sent.inspect(|length| self.on_sent(bytes.get(..*length), sending))
    }

    fn on_sent(&self, bytes: Option<&[u8]>, sending: Option<Sending<'_>>) {
        let bytes = bytes.unwrap_or_default();
        self.counters.count_sent(bytes.len());
        let sending = sending.or_else(|| self.trace.as_deref().map(ConnectionTrace::sending));
        sending.into_iter().for_each(|sending| sending.sent(bytes));
    }

    /// What this connection adds to the counters.
    pub fn counters(&self) -> &ByteCounters {
        &self.counters
    }

    /// Sets how long a [`read`](Socket::read) may wait.
    ///
    /// # Errors
    /// Those of setsockopt(2).
    pub fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(timeout))
    }

    /// The stream, if nobody else holds this socket any more; its slot is given back.
    pub fn into_stream(socket: Arc<Socket>) -> Option<TcpStream> {
        Arc::into_inner(socket).map(|socket| socket.stream)
    }

    /// Says why this connection ends. Only the first reason counts; whether this was the first is returned.
    ///
    /// It has to be said before anyone touches the socket to end it: the connection's thread, which sees the socket end,
    /// then knows why, and discards what it may still read.
    pub fn end(&self, ending: DisconnectReason) -> bool {
        let label = ending.label();
        let is_first = self.ending.set(ending).is_ok();
        if is_first {
            self.counters.count_ending(label);
        }
        is_first
    }

    /// Why this connection ends, or `None` while it goes on.
    pub fn ending(&self) -> Option<&DisconnectReason> {
        self.ending.get()
    }

    /// Says that the hub gets the write half, so that at a stop a writer says goodbye to this client.
    pub fn become_websocket(&self) {
        self.is_websocket.store(true, Ordering::SeqCst);
    }

    /// Whether a writer says goodbye to this client at a stop.
    pub fn is_websocket(&self) -> bool {
        self.is_websocket.load(Ordering::SeqCst)
    }

    /// Wakes a read that waits, as if the peer had said that nothing more will come. Writing goes on.
    pub fn stop_reading(&self) {
        // The socket may have ended already, which is as good.
        let _ = self.stream.shutdown(Shutdown::Read);
    }

    /// Wakes a read and a write that wait and makes all later ones fail.
    pub fn shut_down(&self) {
        // The socket may have ended already, which is as good.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Lets the kernel keep up to 416 KiB for this socket instead of 256, so that a last word finds room in a full one.
    pub fn make_room(&self) {
        // If there is no room after all, the last word is lost, and that is seen where it is sent.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&self.stream, 208 * 1024);
    }

    /// Whether the stream has ended or broken, with nothing left to read. Never waits.
    pub fn has_nothing_more(&self) -> bool {
        use rustix::net::{RecvFlags, recv};
        match recv(
            &self.stream,
            &mut [0; 1][..],
            RecvFlags::PEEK | RecvFlags::DONTWAIT,
        ) {
            Ok((length, _)) => length == 0,
            Err(error) => io::Error::from(error).kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Reads what the peer still sends and discards it, until its end or the deadline. Raw bytes, not frames: after an
    /// error there may be none.
    pub fn read_to_the_end(&self, deadline: Deadline) {
        let mut buffer = vec![0; 4096];
        while let Some(left) = deadline.remaining() {
            match self.read_within(left, &mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
}
