//! How a WebSocket begins, and what ends it.

use std::io;

use tungstenite::Error;

use crate::base::frame::control;
use crate::server::connection::Connection;
use crate::server::connection::websocket::WebSocketSession;
use crate::server::connection::ws_stream::WsStream;
use crate::server::delivery::block::Block;
use crate::server::http::route::Upgrade;
use crate::server::hub::messages::HubMessage;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

impl<'a> WebSocketSession<'a> {
    /// Sends the Join. From now on the hub and a writer own what the client gets.
    pub fn join(
        connection: &'a Connection,
        half: WriteHalf,
        upgrade: Upgrade,
    ) -> WebSocketSession<'a> {
        let is_echo = upgrade.asked.is_none();
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

    /// Reads until the connection ends. Sends a Close if this side ends it. `read_ahead` came with the request.
    pub fn run(self, read_ahead: Vec<u8>) {
        let Connection {
            socket, context, ..
        } = self.connection;
        let mut websocket = WsStream::websocket(self.connection, read_ahead);
        let reason = match socket.set_read_timeout(context.config.idle_timeout.get() / 2) {
            Ok(()) => self.read_messages(&mut websocket),
            Err(error) => DisconnectReason::ConnectionLost(error.kind()),
        };
        let close = reason
            .close()
            .map(|(code, reason)| control::close(code, reason));
        let is_first = socket.set_disconnect_reason(reason);
        if let (true, Some(close)) = (is_first, close) {
            self.send_private(Block::last(close));
        }
    }
}

impl WebSocketSession<'_> {
    /// Handles a read that has failed. An error is the reason to disconnect.
    pub(super) fn on_error(
        &self,
        error: Error,
        stream: &mut WsStream<'_>,
    ) -> Result<(), DisconnectReason> {
        match error {
            Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock => {
                stream.on_read_timeout()
            }
            // A stop ends the stream to wake this thread.
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
