//! The right to write to a socket, which has one owner at a time.

use std::convert::Infallible;
use std::io;
use std::net::Shutdown;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::socket::Socket;

/// The right to write to a socket. It is not `Clone`: whoever has it is the only one who writes, so no two threads can
/// ever mix their bytes on the wire.
#[derive(Debug)]
pub struct WriteHalf {
    socket: Arc<Socket>,
    // Nothing is sent through it. It disconnects when the write half is dropped, wherever that happens.
    _alive: Sender<Infallible>,
}

impl WriteHalf {
    /// The only write half of this socket, and what disconnects when it is dropped.
    pub fn of(socket: &Arc<Socket>) -> (WriteHalf, Receiver<Infallible>) {
        let (alive, gone) = bounded(0);
        let half = WriteHalf {
            socket: Arc::clone(socket),
            _alive: alive,
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

    /// Writes all of `bytes`, waiting for the peer. Each wait ends after the write timeout, if the peer took nothing.
    ///
    /// # Errors
    /// Those of write(2); `TimedOut` if the peer took nothing for the write timeout.
    pub fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = match self.socket.write(bytes) {
                // The peer may have taken something while this process was stopped (SIGSTOP) until after the timeout.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match self.send_now(bytes)? {
                        0 => return Err(io::ErrorKind::TimedOut.into()),
                        written => written,
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                result => result?,
            };
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Tells the peer that nothing more will come. What has been sent still arrives.
    pub fn finish(self) {
        // The socket may have ended already, which is as good.
        let _ = self.socket.stream.shutdown(Shutdown::Write);
    }
}
