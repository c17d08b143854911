//! The right to write to a socket. It has one owner at a time.

pub mod setup;
pub mod write_limits;

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::base::send;
use crate::server::net::socket::{Socket, uninterrupted};
use crate::server::net::write_half::write_limits::max_waits;
use crate::server::observe::disconnect::DisconnectReason;

/// The right to write to a socket. It is not `Clone`: only its owner writes, so two threads cannot mix their bytes.
#[derive(Debug)]
pub struct WriteHalf {
    socket: Arc<Socket>,
    /// [Disconnects](crate::guide::path#a-channel-that-only-disconnects) when any thread drops the write half.
    _dropped: Sender<Infallible>,
}

impl WriteHalf {
    /// Returns the socket that this half writes to.
    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Sends as many bytes as the socket accepts without waiting, and returns their number: 0 if the socket is full.
    ///
    /// On a line's path, this is the only non-blocking send. A writer serves all its clients from one thread, so a
    /// client whose socket is full must not delay the others.
    ///
    /// # Errors
    /// [`DisconnectReason::ConnectionLost`] if the connection is broken.
    #[inline(always)] // See `Writer::handle`.
    pub(crate) fn send_now(&mut self, bytes: &[u8]) -> Result<usize, DisconnectReason> {
        // The peer may reply before the send returns. The trace is locked first, so it shows the send before the reply.
        let sending = self.socket.begin_sending();
        match uninterrupted(|| send::without_waiting(&self.socket.stream, bytes)) {
            Ok(sent) => {
                self.socket.on_sent(&bytes[..sent], sending);
                Ok(sent)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(DisconnectReason::ConnectionLost(error.kind())),
        }
    }

    /// Writes all of `bytes`. Waits for the peer at most [`max_waits`] times. No wait exceeds the write timeout.
    ///
    /// # Errors
    /// A [`DisconnectReason`]: `WriteTimeout` if the peer accepted nothing within the write timeout, `Trickling` if it
    /// accepted too little, or `ConnectionLost` if the connection is broken.
    pub fn write_all(&mut self, mut bytes: &[u8]) -> Result<(), DisconnectReason> {
        let timeout = self.socket.stream.write_timeout().ok().flatten();
        let mut waits = max_waits(bytes.len(), timeout.unwrap_or(Duration::MAX));
        while !bytes.is_empty() {
            // A write that sends only a part of `bytes` has waited for the whole timeout.
            waits = waits.checked_sub(1).ok_or(DisconnectReason::Trickling)?;
            let written = match uninterrupted(|| (&self.socket.stream).write(bytes)) {
                Ok(written) => {
                    self.socket.on_sent(&bytes[..written], None);
                    written
                }
                // The write timed out. If this process was stopped (SIGSTOP) meanwhile, the socket may have room by now.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match self.send_now(bytes)? {
                        0 => return Err(DisconnectReason::WriteTimeout),
                        sent => sent,
                    }
                }
                Err(error) => return Err(DisconnectReason::ConnectionLost(error.kind())),
            };
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Ends the stream to the peer. Bytes that were already sent still arrive.
    pub(crate) fn finish(self) {
        self.socket.stop_writing();
    }
}
