//! What the hub tells a writer about one client.

use crate::server::delivery::block::Block;
use crate::server::delivery::room_reply::RoomReply;
use crate::server::http::error_response::ErrorResponse;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// A command for one client.
#[derive(Debug)]
pub enum ClientCommand {
    /// Take over its write half.
    Join {
        /// The right to write to it.
        half: WriteHalf,
        /// The first block. It does not count against the backlog.
        first: Block,
        /// Which broadcasts the client gets.
        audience: Audience,
    },
    /// Send a block to it.
    Send(Block),
    /// Send a Ping, ahead of everything that waits.
    Ping,
    /// Send a Close with this reason, as its last block.
    Disconnect(DisconnectReason),
    /// Send what waits for it, then drop its write half.
    Leave,
    /// Give its connection the reply to a request over HTTP. It has no write half here. Without a history file the hub sends
    /// the reply itself.
    Reply(RoomReply),
}

impl ClientCommand {
    /// Makes the Join of a client that is not let in: its only block is an error response. Counts the response.
    ///
    /// The reason is set before a writer ends the socket. This is no I/O.
    pub(crate) fn turn_away(
        half: WriteHalf,
        response: &ErrorResponse,
        reason: DisconnectReason,
    ) -> ClientCommand {
        half.socket().set_disconnect_reason(reason);
        half.socket().counters().count_refusal(response.status);
        ClientCommand::Join {
            half,
            first: Block::last(response.to_bytes().into()),
            audience: Audience::Itself,
        }
    }
}

/// Which broadcasts a client gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// All of them: it is a member of the room.
    Everyone,
    /// None: it is an echo, or it has left.
    Itself,
}
