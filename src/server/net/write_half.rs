//! The right to write to a socket, which has one owner at a time.

use std::convert::Infallible;
use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::socket::Socket;

/// The right to write to a socket. It is not `Clone`: whoever has it is the only one who writes, so no two threads can
/// ever mix their bytes on the wire.
#[derive(Debug)]
pub struct WriteHalf {
    socket: Arc<Socket>,
    // Nothing is sent through it. It disconnects when the write half is dropped, wherever that happens.
    _shutdown_guard: Sender<Infallible>,
}

/// How little a peer may take: 1 KiB a second. One that takes less keeps a place that others wait for.
const LOWEST_RATE: f64 = 1024.0;

/// How many write timeouts a peer has for so many bytes: one, and as many as it needs at 1 KiB a second.
///
/// Timeouts are counted, no clock is read: if this process was stopped for a long time, the peers could not help it.
pub fn waits(bytes: usize, write_timeout: Duration) -> usize {
    let needed = bytes as f64 / LOWEST_RATE / write_timeout.as_secs_f64();
    (needed.ceil() as usize).saturating_add(1)
}

fn gone(error: io::Error) -> DisconnectReason {
    DisconnectReason::ConnectionLost(error.kind())
}

impl WriteHalf {
    /// The only write half of this socket, and what disconnects when it is dropped.
    pub fn new(socket: &Arc<Socket>) -> (WriteHalf, Receiver<Infallible>) {
        let (shutdown_guard, gone) = bounded(0);
        let half = WriteHalf {
            socket: Arc::clone(socket),
            _shutdown_guard: shutdown_guard,
        };
        (half, gone)
    }

    /// The socket that this half writes to.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Sends as much of `bytes` as the socket takes without waiting and returns how much that was: 0 if it is full.
    ///
    /// No other call that a line passes does not block. Its thread serves all clients of a writer, and a client
    /// whose socket is full must cost the others nothing.
    ///
    /// # Errors
    /// Those of send(2) but `WouldBlock` and `Interrupted`: the connection is broken.
    pub fn send_now(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.socket.write_without_waiting(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Writes all of `bytes`, waiting for the peer. Each wait ends after the write timeout, and the peer has a number of
    /// them that depends on the length ([`waits`]).
    ///
    /// # Errors
    /// [`DisconnectReason::WriteTimeout`] if the peer took nothing for the write timeout, [`DisconnectReason::Trickling`] if it took too little,
    /// [`DisconnectReason::ConnectionLost`] if the connection is broken.
    pub fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), DisconnectReason> {
        let timeout = self.socket.stream.write_timeout().ok().flatten();
        let mut waits = waits(bytes.len(), timeout.unwrap_or(Duration::MAX));
        while !bytes.is_empty() {
            let written = match self.socket.write(bytes) {
                // The peer may have taken something while this process was stopped (SIGSTOP) until after the timeout.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match self.send_now(bytes).map_err(gone)? {
                        0 => return Err(DisconnectReason::WriteTimeout),
                        written => written,
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result.map_err(gone)?,
            };
            bytes = bytes.get(written..).unwrap_or_default();
            // A write that returns before its end has waited for the whole timeout.
            waits = waits.checked_sub(1).ok_or(DisconnectReason::Trickling)?;
        }
        Ok(())
    }

    /// Tells the peer that nothing more will come. What has been sent still arrives.
    pub fn finish(self) {
        // The socket may have ended already, which is as good.
        let _ = self.socket.stream.shutdown(Shutdown::Write);
    }
}
