//! How the stream of a WebSocket is made, and how it handles silence.

use std::collections::VecDeque;
use std::mem;
use std::time::Instant;

use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use crate::base::frame::scanner::FrameScanner;
use crate::server::connection::Connection;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::connection::ws_stream::WsStream;
use crate::server::hub::messages::HubMessage;
use crate::server::net::uptake::Uptake;
use crate::server::observe::disconnect::DisconnectReason;

/// The size of tungstenite's reads: 128 bytes instead of its default of 128 KiB. While a connection is open,
/// tungstenite keeps a buffer of this size, or of the longest message so far.
const READ_BUFFER: usize = 128;

impl<'a> WsStream<'a> {
    /// Makes the WebSocket after the Join was sent. `read_ahead` holds the bytes that arrived after the request.
    #[inline(never)]
    pub fn websocket(
        connection: &'a Connection,
        read_ahead: Vec<u8>,
    ) -> Box<WebSocket<WsStream<'a>>> {
        let config = &connection.context.config;
        let limits = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            // With size 0, tungstenite passes whole frames in each call to `write`, and holds none back.
            .write_buffer_size(0)
            .max_message_size(Some(config.max_message))
            .max_frame_size(Some(config.max_message));
        let mut frames = FrameScanner::default();
        let stream = WsStream {
            connection,
            ping_outstanding: false,
            uptake: None,
            rate_limiter: RateLimiter::new(config.lines_per_second, Instant::now()),
            buffered: VecDeque::new(),
            expects_more: false,
            uncounted_frames: frames.count(&read_ahead),
            frames,
        };
        let websocket =
            WebSocket::from_partially_read(stream, read_ahead, Role::Server, Some(limits));
        Box::new(websocket)
    }

    /// Returns the code of the peer's first Close as it arrived, or `None` if there is no Close or it has no code.
    pub fn close_code(&self) -> Option<u16> {
        self.frames.close_code()
    }

    /// Handles a read that timed out after half of the idle timeout. The first timeout sends a Ping.
    ///
    /// This counts timeouts instead of reading a clock. If this process was suspended for a long time, its peers are
    /// not at fault, and each is sent a Ping first.
    ///
    /// A slow peer has much to read before it sees the Ping. It is alive as long as its socket accepts bytes. While the
    /// disk fails or is slow, the Ping may wait in the keeper, so the peer is not at fault, and gets another Ping.
    ///
    /// # Errors
    /// [`DisconnectReason::IdleTimeout`] if a Ping is outstanding, the disk keeps up, and the peer has received none of
    /// the bytes that waited for it.
    pub(crate) fn on_read_timeout(&mut self) -> Result<(), DisconnectReason> {
        let now = Uptake::query(&self.connection.socket.stream);
        let before = mem::replace(&mut self.uptake, now);
        let context = &self.connection.context;
        let is_disk_stalled = || {
            let history_file = &context.metrics.history_file;
            history_file.was_stalled_within(context.config.idle_timeout.get() / 2)
        };
        if self.ping_outstanding && !is_disk_stalled() {
            return match (now, before) {
                (Some(now), Some(before)) if now.has_progressed_since(before) => Ok(()),
                _ => Err(DisconnectReason::IdleTimeout),
            };
        }
        self.ping_outstanding = true;
        self.connection
            .send_to_hub(HubMessage::Ping(self.connection.id));
        Ok(())
    }
}
