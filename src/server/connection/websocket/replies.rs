//! Messages that are not lines, and the replies to them.

use tungstenite::protocol::CloseFrame;
use tungstenite::{Bytes, Message, WebSocket};

use crate::base::frame::{control, is_close_code, single};
use crate::server::connection::cost;
use crate::server::connection::websocket::WebSocketSession;
use crate::server::connection::ws_stream::WsStream;
use crate::server::delivery::block::Block;
use crate::server::hub::messages::HubMessage;
use crate::server::observe::disconnect::DisconnectReason;

impl WebSocketSession<'_> {
    /// Handles a message that is not a line, and returns its [`cost`].
    ///
    /// # Errors
    /// Fails with the reason to disconnect if the message is a Close, or is binary and not to be echoed.
    pub(super) fn reply(
        &self,
        message: Message,
        websocket: &mut WebSocket<WsStream<'_>>,
    ) -> Result<usize, DisconnectReason> {
        match message {
            Message::Text(text) => Ok(self.echo(single::text(&text))),
            Message::Binary(data) if self.is_echo => Ok(self.echo(single::binary(&data))),
            Message::Binary(_) => {
                let reason = "this chat accepts only text";
                Err(DisconnectReason::protocol_error(1003, reason))
            }
            Message::Ping(_) => {
                // tungstenite has queued the Pong, and would write it only at the next read, after the pause for this
                // Ping. If the flush fails, the next read fails too.
                let _ = websocket.flush();
                Ok(cost::ANSWER)
            }
            Message::Pong(_) | Message::Frame(_) => Ok(1),
            Message::Close(close) => {
                let code = websocket.get_ref().close_code();
                Err(self.reply_to_close(code, close))
            }
        }
    }

    fn echo(&self, frame: Bytes) -> usize {
        let cost = cost::ANSWER + cost::bytes_cost(frame.len());
        self.send_private(Block::new(frame));
        cost
    }

    /// Replies to a Close with the same code, and returns the reason to disconnect. `code` is the code as it arrived.
    ///
    /// A code that a peer must not send is answered with 1002. tungstenite's own reply is not used: tungstenite treats
    /// 1014 as an error, and hides a code that it replaces with 1002.
    fn reply_to_close(&self, code: Option<u16>, close: Option<CloseFrame>) -> DisconnectReason {
        let reply = match (code, &close) {
            (Some(code), _) if !is_close_code(code) => {
                let reason = format!("a Close must not have the code {code}");
                return DisconnectReason::protocol_error(1002, reason);
            }
            (Some(code), Some(close)) if u16::from(close.code) == code => {
                control::close(code, &close.reason)
            }
            (Some(code), _) => control::close(code, ""),
            (None, _) => control::bare_close(),
        };
        self.send_private(Block::last(reply));
        DisconnectReason::ClosedByPeer(code)
    }

    /// Sends a block to this client through the hub, after the lines that the client has already sent.
    pub(super) fn send_private(&self, block: Block) {
        let client = self.connection.id;
        self.connection
            .send_to_hub(HubMessage::Private { client, block });
    }
}
