//! The reply to a Close.

use tungstenite::protocol::CloseFrame;

use crate::base::frame::{control, is_close_code};
use crate::server::connection::websocket::WebSocketSession;
use crate::server::delivery::block::Block;
use crate::server::net::disconnect::DisconnectReason;

impl WebSocketSession<'_> {
    /// Replies to a Close with its own code, and returns the reason to disconnect. `code` is the code on the wire.
    ///
    /// A code that a peer must not send gets a 1002 instead. tungstenite's own reply is not used: it treats 1014 as an
    /// error, and hides the code that it replaces with 1002.
    pub(super) fn reply_to_close(
        &self,
        code: Option<u16>,
        close: Option<CloseFrame>,
    ) -> DisconnectReason {
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
}
