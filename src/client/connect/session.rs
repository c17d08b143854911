//! The part of a connection that all threads share.

use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::connect::masked::masked;
use crate::client::connect::transport::TransportStream;
use crate::client::connect::write_side::WriteSide;

/// The part of a connection that all threads of the client share.
#[derive(Debug)]
pub struct Session {
    /// The only way to write to the socket.
    pub write_side: WriteSide,
    /// The stream from which the socket thread reads.
    pub(super) transport: Arc<TransportStream>,
    /// Whether a write reached the socket's write timeout, because the server read nothing.
    pub(crate) write_timed_out: AtomicBool,
}

impl Session {
    /// Creates the session of an upgraded connection.
    pub fn new(transport: TransportStream) -> Arc<Session> {
        let transport = Arc::new(transport);
        Arc::new(Session {
            write_side: WriteSide::new(Arc::clone(&transport)),
            transport,
            write_timed_out: AtomicBool::new(false),
        })
    }

    /// Sends a message with [`WriteSide::send`]. An error means that the connection is over. The socket thread finds the
    /// cause when its next read fails.
    pub fn send(&self, message: Message) -> io::Result<()> {
        let sent = self.write_side.send(masked(message));
        let timed_out = |error: &io::Error| error.kind() == io::ErrorKind::WouldBlock;
        if sent.as_ref().is_err_and(timed_out) {
            self.write_timed_out.store(true, Ordering::Release);
            self.shutdown();
        }
        sent
    }

    /// Tries to send a Close without blocking. Returns `true` if the caller must call [`WriteSide::try_flush`].
    pub(crate) fn close(&self, code: CloseCode) -> bool {
        let reason = "".into();
        let close = Message::Close(Some(CloseFrame { code, reason }));
        self.write_side.offer(masked(close))
    }

    /// Shuts the socket down in both directions. This wakes every thread that is blocked in a read or a write on it.
    pub(crate) fn shutdown(&self) {
        // This fails only if the connection is already gone, and then no thread is blocked on it.
        let _ = self.transport.stream.shutdown(Shutdown::Both);
    }
}
