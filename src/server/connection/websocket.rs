//! A WebSocket on its connection's thread: it joins ([`joining`]), reads, and answers Pings and Closes ([`replies`]).
//!
//! The thread reads and never writes. Everything for its client is sent to the hub, and from there to a writer.

pub mod joining;
pub mod replies;

use tungstenite::{Message, WebSocket};

use crate::base::line::{Lines, LinesError};
use crate::server::connection::Connection;
use crate::server::connection::cost;
use crate::server::connection::ws_stream::WsStream;
use crate::server::hub::messages::HubMessage;
use crate::server::observe::disconnect::DisconnectReason;

/// One WebSocket on the thread that reads it.
#[derive(Debug)]
pub(crate) struct WebSocketSession<'a> {
    connection: &'a Connection,
    is_echo: bool,
}

impl WebSocketSession<'_> {
    /// Reads messages until there is a reason to disconnect, and returns it.
    fn read_messages(&self, websocket: &mut WebSocket<WsStream<'_>>) -> DisconnectReason {
        loop {
            // Blocks in `WsStream::read`, which tungstenite calls.
            let message = websocket.read();
            // If another thread has ended this connection, messages that still arrive are discarded.
            if let Some(reason) = self.connection.socket.disconnect_reason() {
                return reason.clone();
            }
            let result = match message {
                Ok(message) => self.handle(message, websocket),
                Err(error) => self.on_error(error, websocket.get_mut()),
            };
            if let Err(reason) = result {
                return reason;
            }
        }
    }

    /// Handles a message, and pauses if the client sends too fast. On failure, returns the reason to disconnect.
    fn handle(
        &self,
        message: Message,
        websocket: &mut WebSocket<WsStream<'_>>,
    ) -> Result<(), DisconnectReason> {
        let cost = match message {
            Message::Text(text) if !self.is_echo => self.say(&text)?,
            other => self.reply(other, websocket)?,
        };
        websocket.get_mut().throttle(cost);
        Ok(())
    }

    /// Queues the lines of a message for the hub, or sends them now if some are `/` commands. Returns the message's [`cost`].
    fn say(&self, text: &str) -> Result<usize, DisconnectReason> {
        let lines = match Lines::parse(text) {
            Ok(lines) => lines,
            Err(LinesError::Empty) => return Ok(1),
            Err(error) => return Err(DisconnectReason::protocol_error(1009, error)),
        };
        let cost = cost::lines_cost(&lines);
        if cost == lines.count() {
            self.connection.queue_lines(lines);
        } else {
            // Some lines are commands, which cost more. The room limits the commands per `Say`, so send these alone.
            let client = self.connection.id;
            self.connection
                .send_to_hub(HubMessage::Say { client, lines });
        }
        Ok(cost + cost::bytes_cost(text.len()))
    }
}
