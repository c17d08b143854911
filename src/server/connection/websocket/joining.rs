//! How a WebSocket session begins and ends.

use std::io;

use tungstenite::{Error, WebSocket};

use crate::base::frame::control;
use crate::server::connection::Connection;
use crate::server::connection::websocket::WebSocketSession;
use crate::server::connection::ws_stream::WsStream;
use crate::server::delivery::block::Block;
use crate::server::http::route::Upgrade;
use crate::server::hub::messages::HubMessage;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

impl<'a> WebSocketSession<'a> {
    /// Sends the Join, which gives the write half to the hub. From then on, only a writer writes to the client.
    #[inline(never)]
    pub fn join(
        connection: &'a Connection,
        half: WriteHalf,
        upgrade: Box<Upgrade>,
    ) -> WebSocketSession<'a> {
        let is_echo = upgrade.join.is_none();
        connection.socket.become_websocket();
        connection.send_to_hub(HubMessage::Join {
            client: connection.id,
            half,
            upgrade,
        });
        WebSocketSession {
            connection,
            is_echo,
        }
    }

    /// Reads messages until there is a reason to disconnect, and then ends the session with that reason.
    #[inline(never)]
    pub(crate) fn run(self, websocket: &mut WebSocket<WsStream<'_>>) {
        let Connection {
            socket, context, ..
        } = self.connection;
        let reason = match socket.set_read_timeout(context.config.idle_timeout.get() / 2) {
            Ok(()) => self.read_messages(websocket),
            Err(error) => DisconnectReason::ConnectionLost(error.kind()),
        };
        self.end(reason);
    }
}

impl WebSocketSession<'_> {
    /// Records why the connection ends. Sends the Close of `reason`, if it has one and no earlier reason is set.
    #[inline(never)]
    fn end(&self, reason: DisconnectReason) {
        let close = reason
            .close()
            .map(|(code, reason)| control::close(code, reason));
        let is_first = self.connection.socket.set_disconnect_reason(reason);
        if let (true, Some(close)) = (is_first, close) {
            self.send_private(Block::last(close));
        }
    }

    /// Handles a read that has timed out or failed. The returned error is the reason to disconnect.
    #[inline(never)]
    pub(super) fn on_error(
        &self,
        error: Error,
        stream: &mut WsStream<'_>,
    ) -> Result<(), DisconnectReason> {
        match error {
            Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock => {
                stream.on_read_timeout()
            }
            // At the close timeout, a stop shuts down the socket, which wakes this thread.
            _ if self.connection.context.is_stopping() => Err(DisconnectReason::ShuttingDown),
            error => Err(DisconnectReason::from(error)),
        }
    }
}

impl Drop for WebSocketSession<'_> {
    /// Sends the Leave, once, even if the thread panics.
    fn drop(&mut self) {
        self.connection
            .send_to_hub(HubMessage::Leave(self.connection.id));
    }
}
