//! The right to write to a socket. It has one owner at a time.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::socket::{Socket, uninterrupted};

/// The slowest rate that a peer may take bytes at: 1 KiB a second. A slower peer keeps a permit that others wait for.
const LOWEST_RATE: f64 = 1024.0;

/// The right to write to a socket. It is not `Clone`: only its owner writes, so no two threads ever mix their bytes.
#[derive(Debug)]
pub struct WriteHalf {
    socket: Arc<Socket>,
    /// [Disconnects](crate::guide::path#a-channel-that-only-disconnects) when the write half is dropped, on any thread.
    _dropped: Sender<Infallible>,
}

impl WriteHalf {
    /// Makes the only write half of this socket, and the receiver that disconnects when it is dropped.
    pub fn new(socket: &Arc<Socket>) -> (WriteHalf, Receiver<Infallible>) {
        let (_dropped, dropped) = bounded(0);
        let socket = Arc::clone(socket);
        (WriteHalf { socket, _dropped }, dropped)
    }

    /// Returns the socket that this half writes to.
    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Sends what the socket takes without waiting, and returns how many bytes that was: 0 if the socket is full.
    ///
    /// This is the only non-blocking call on a line's path. A writer serves all its clients from one thread, and a client
    /// whose socket is full must cost the others nothing.
    ///
    /// # Errors
    /// [`DisconnectReason::ConnectionLost`] if the connection is broken.
    pub fn send_now(&mut self, bytes: &[u8]) -> Result<usize, DisconnectReason> {
        match uninterrupted(|| self.socket.send_now(bytes)) {
            Ok(sent) => Ok(sent),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(DisconnectReason::ConnectionLost(error.kind())),
        }
    }

    /// Writes all of `bytes`, and waits for the peer. Each wait ends after the write timeout. A peer gets [`max_waits`] of
    /// them.
    ///
    /// # Errors
    /// [`DisconnectReason::WriteTimeout`] if the peer took nothing for the write timeout,
    /// [`DisconnectReason::Trickling`] if it took too little, [`DisconnectReason::ConnectionLost`] if the connection is
    /// broken.
    pub fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), DisconnectReason> {
        let timeout = self.socket.stream.write_timeout().ok().flatten();
        let mut waits = max_waits(bytes.len(), timeout.unwrap_or(Duration::MAX));
        while !bytes.is_empty() {
            let written = match uninterrupted(|| self.socket.write(bytes)) {
                Ok(written) => written,
                // If this process was stopped (SIGSTOP) beyond the timeout, the socket may have room by now.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match self.send_now(bytes)? {
                        0 => return Err(DisconnectReason::WriteTimeout),
                        sent => sent,
                    }
                }
                Err(error) => return Err(DisconnectReason::ConnectionLost(error.kind())),
            };
            bytes = &bytes[written..];
            // A write that returns before its end has waited for the whole timeout.
            waits = waits.checked_sub(1).ok_or(DisconnectReason::Trickling)?;
        }
        Ok(())
    }

    /// Tells the peer that nothing more will come. What has been sent still arrives.
    pub fn finish(self) {
        self.socket.stop_writing();
    }
}

/// Returns how many write timeouts a peer has for `bytes`: one, and as many as it needs at 1 KiB a second.
///
/// Timeouts are counted and no clock is read: if this process was stopped for a long time, its peers are not at fault.
pub fn max_waits(bytes: usize, write_timeout: Duration) -> usize {
    let needed = bytes as f64 / LOWEST_RATE / write_timeout.as_secs_f64();
    (needed.ceil() as usize).saturating_add(1)
}
