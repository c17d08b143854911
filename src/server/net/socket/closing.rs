//! How a socket ends.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::net::{RecvFlags, recv, sockopt};

use crate::base::deadline::Deadline;
use crate::server::net::socket::Socket;
use crate::server::observe::disconnect::DisconnectReason;

impl Socket {
    /// Sets why this connection ends, and returns whether this reason is the first. Only the first one counts.
    ///
    /// Set it before you end the socket. Then the connection's thread finds the reason, and discards what it still
    /// reads.
    pub(crate) fn set_disconnect_reason(&self, reason: DisconnectReason) -> bool {
        let is_first = self.disconnect_reason.set(reason).is_ok();
        if let (true, Some(reason)) = (is_first, self.disconnect_reason()) {
            self.counters.count_ending(reason);
        }
        is_first
    }

    /// Returns why this connection ends, or `None` while it goes on.
    pub fn disconnect_reason(&self) -> Option<&DisconnectReason> {
        self.disconnect_reason.get()
    }

    /// Marks that the hub gets the write half, so a writer sends this client its Close at a stop.
    pub(crate) fn become_websocket(&self) {
        self.is_websocket.store(true, Ordering::SeqCst);
    }

    /// Returns whether a writer sends this client its Close at a stop.
    pub fn is_websocket(&self) -> bool {
        self.is_websocket.load(Ordering::SeqCst)
    }

    /// Reads what arrives, and waits at most `timeout` for it. Only the connection's own thread may call this.
    ///
    /// # Errors
    /// The errors of read(2) except `Interrupted`; `WouldBlock` after the timeout.
    pub fn read_within(&self, timeout: Duration, buffer: &mut [u8]) -> io::Result<usize> {
        self.set_read_timeout(timeout)?;
        self.read(buffer)
    }

    /// Reads and discards what the peer still sends, until its end or the deadline.
    ///
    /// This protects the last bytes that were sent. If a socket is closed while input is unread, the kernel sends a
    /// reset, and a reset discards what the peer has not read yet. The bytes are not parsed: they may hold no whole
    /// frame.
    pub fn read_to_the_end(&self, deadline: Deadline) {
        let mut buffer = [0; 4096];
        while let Some(left) = deadline.remaining() {
            if let Ok(0) | Err(_) = self.read_within(left, &mut buffer) {
                return;
            }
        }
    }

    /// Returns whether the stream has ended or broken, with nothing left to read. Never waits.
    pub(crate) fn has_nothing_more(&self) -> bool {
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        match recv(&self.stream, &mut [0; 1][..], flags) {
            Ok((length, _)) => length == 0,
            Err(error) => io::Error::from(error).kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Wakes a read that waits, as if the stream had ended. Writes still work.
    pub(crate) fn stop_reading(&self) {
        // It fails if the socket has ended already. That is fine.
        let _ = self.stream.shutdown(Shutdown::Read);
    }

    /// Tells the peer that nothing more will come. What has been sent still arrives.
    pub(crate) fn stop_writing(&self) {
        // It fails if the socket has ended already. That is fine.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Wakes a read and a write that wait, and makes all later ones fail.
    pub(crate) fn shut_down(&self) {
        // It fails if the socket has ended already. That is fine.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Lets the kernel buffer up to 416 KiB for this socket instead of 256, so that a Close still fits when it is full.
    pub(crate) fn make_room(&self) {
        // If there is no room after all, the send of the Close fails.
        let _ = sockopt::set_socket_send_buffer_size(&self.stream, 208 * 1024);
    }

    /// Returns the stream, if no other thread holds this socket anymore. Then its permit is free.
    pub(crate) fn into_stream(socket: Arc<Socket>) -> Option<TcpStream> {
        Arc::into_inner(socket).map(|socket| socket.stream)
    }
}
