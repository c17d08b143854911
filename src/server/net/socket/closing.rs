//! How a socket is closed.

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
    /// Sets why this connection ends, unless a reason is already set. Returns whether `reason` was set.
    ///
    /// Set the reason before you shut down the socket. The connection's thread then finds the reason, and discards
    /// further input.
    pub(crate) fn set_disconnect_reason(&self, reason: DisconnectReason) -> bool {
        let is_first = self.disconnect_reason.set(reason).is_ok();
        if let (true, Some(reason)) = (is_first, self.disconnect_reason()) {
            self.counters.count_disconnect(reason);
        }
        is_first
    }

    /// Returns why this connection ends, or `None` while it stays open.
    pub fn disconnect_reason(&self) -> Option<&DisconnectReason> {
        self.disconnect_reason.get()
    }

    /// Marks this socket as a WebSocket: a writer gets its write half, and sends the Close when the server stops.
    pub(crate) fn become_websocket(&self) {
        self.is_websocket.store(true, Ordering::SeqCst);
    }

    /// Returns whether this is a WebSocket, to which a writer sends the Close when the server stops.
    pub fn is_websocket(&self) -> bool {
        self.is_websocket.load(Ordering::SeqCst)
    }

    /// Reads bytes, and waits at most `timeout` for them. Only the connection's thread may call this.
    ///
    /// # Errors
    /// The errors of setsockopt(2) and read(2) except `Interrupted`; `WouldBlock` after the timeout.
    pub fn read_within(&self, timeout: Duration, buffer: &mut [u8]) -> io::Result<usize> {
        self.set_read_timeout(timeout)?;
        self.read(buffer)
    }

    /// Reads and discards what the peer still sends, until the end of the stream or the deadline.
    ///
    /// This protects the bytes that the server sent last. If a socket is closed while input is unread, the kernel sends
    /// a reset, and a reset discards what the peer has not read yet. The input is not parsed, because it may begin in
    /// the middle of a frame.
    pub fn drain(&self, deadline: Deadline) {
        let mut buffer = [0; 4096];
        while let Some(left) = deadline.remaining() {
            if let Ok(0) | Err(_) = self.read_within(left, &mut buffer) {
                return;
            }
        }
    }

    /// Returns whether the stream has ended or broken, with nothing left to read. Never waits.
    pub(crate) fn is_at_end(&self) -> bool {
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        match recv(&self.stream, &mut [0; 1][..], flags) {
            Ok((length, _)) => length == 0,
            Err(error) => io::Error::from(error).kind() != io::ErrorKind::WouldBlock,
        }
    }

    /// Wakes a blocked read, as if the stream had ended. Writes still work.
    pub(crate) fn stop_reading(&self) {
        // This fails only if the connection is already gone, which is fine.
        let _ = self.stream.shutdown(Shutdown::Read);
    }

    /// Ends the stream to the peer. Bytes that were already sent still arrive.
    pub(crate) fn stop_writing(&self) {
        // This fails only if the connection is already gone, which is fine.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Wakes blocked reads and writes. Later reads find the end of the stream, and later writes fail.
    pub(crate) fn shut_down(&self) {
        // This fails only if the connection is already gone, which is fine.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Raises the send buffer of this socket from 256 KiB to 416 KiB, so that a full socket has room for a Close.
    pub(crate) fn make_room(&self) {
        // If this fails, the Close may not fit, and the send reports that.
        let _ = sockopt::set_socket_send_buffer_size(&self.stream, 208 * 1024);
    }

    /// Takes the stream out of the socket, and frees the permit. Returns `None` if another clone of `socket` exists.
    pub(crate) fn into_stream(socket: Arc<Socket>) -> Option<TcpStream> {
        Arc::into_inner(socket).map(|socket| socket.stream)
    }
}
