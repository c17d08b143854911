//! One connection, as the threads that share it see it.

use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Utf8Bytes;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::connect::masked::masked;
use crate::client::connect::transport::TransportStream;
use crate::client::connect::write_side::WriteSide;

/// The part of one connection that all threads share.
#[derive(Debug)]
pub struct Session {
    /// The only way to write to the socket.
    pub write_side: WriteSide,
    /// What the socket thread reads from.
    pub(super) transport: Arc<TransportStream>,
    /// Whether we gave up because the server took nothing of a frame for the socket's write timeout.
    pub(crate) has_stalled: AtomicBool,
}

impl Session {
    /// Makes the session of an upgraded connection.
    pub fn new(transport: TransportStream) -> Arc<Session> {
        let transport = Arc::new(transport);
        Arc::new(Session {
            write_side: WriteSide::new(Arc::clone(&transport)),
            transport,
            has_stalled: AtomicBool::new(false),
        })
    }

    /// Sends a message as [`WriteSide::send`] does. It fails if the connection is over. The socket thread finds out why
    /// by itself.
    pub fn send(&self, message: Message) -> io::Result<()> {
        let sent = self.write_side.send(masked(message));
        let is_over = |error: &io::Error| error.kind() == io::ErrorKind::WouldBlock;
        if sent.as_ref().is_err_and(is_over) {
            self.has_stalled.store(true, Ordering::Release);
            self.shutdown();
        }
        sent
    }

    /// Leaves a Close to be sent; returns what [`WriteSide::leave`] does.
    pub(crate) fn close(&self, code: CloseCode) -> bool {
        let reason = Utf8Bytes::default();
        let close = CloseFrame { code, reason };
        self.write_side.leave(masked(Message::Close(Some(close))))
    }

    /// Ends the connection both ways. That wakes a thread that is in a read or a write.
    pub(crate) fn shutdown(&self) {
        // It fails if the connection is gone, and then no thread is in a read or a write.
        let _ = self.transport.stream.shutdown(Shutdown::Both);
    }
}
