//! The hub's commands to a writer about one client.

use crate::server::delivery::block::Block;
use crate::server::delivery::room_reply::RoomReply;
use crate::server::http::error_response::ErrorResponse;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

/// A command for one client.
#[derive(Debug)]
pub enum ClientCommand {
    /// Take over its write half.
    Join {
        /// The write half of its socket.
        half: WriteHalf,
        /// The first block. It does not count against the backlog.
        first: Block,
        /// Which broadcasts the client receives.
        audience: Audience,
    },
    /// Send a block to it.
    Send(Block),
    /// Send a Ping, ahead of all queued blocks.
    Ping,
    /// Send a Close with this reason, as its last block.
    Disconnect(DisconnectReason),
    /// Send its queued blocks, then drop its write half.
    Leave,
    /// Pass the reply to a request over HTTP to the client's connection, which keeps the write half. Without a history
    /// file, the hub passes the reply itself.
    Reply(RoomReply),
}

impl ClientCommand {
    /// Makes the Join of a client that is turned away. Its only block is an error response, which this counts.
    ///
    /// This sets the reason before a writer closes the socket. Setting it is not I/O, so the hub may do it.
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

/// Which broadcasts a client receives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// All of them: it is a member of the room.
    Everyone,
    /// None: it is an echo client, or it has left.
    Itself,
}
