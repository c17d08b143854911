//! The hub's commands to a writer about one client.

use crate::server::delivery::block::Block;
use crate::server::delivery::room_reply::RoomReply;
use crate::server::http::error_response::ErrorResponse;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// A command for one client.
#[derive(Debug)]
pub enum ClientCommand {
    /// Take over the client's write half.
    Join {
        /// The right to write to the client's socket.
        half: WriteHalf,
        /// The first block: an HTTP response and the frames after it. It does not count against the backlog.
        first: Block,
        /// Which broadcasts the client receives.
        audience: Audience,
    },
    /// Send a block to the client.
    Send(Block),
    /// Send a Ping, ahead of all queued blocks.
    Ping,
    /// Send a Close with this reason, as the client's last block.
    Disconnect(DisconnectReason),
    /// Send the client's queued blocks, then drop its write half.
    Leave,
    /// Pass a reply to the client's connection, which sends it over HTTP. The writer does not own this client's write
    /// half. Without a history file, the hub passes the replies itself.
    Reply(RoomReply),
}

impl ClientCommand {
    /// Makes the Join of a client that is turned away: its only block is an error response. Counts the refusal.
    ///
    /// The reason must be set before a writer closes the socket. Setting it is not I/O, so the hub may do it.
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
            audience: Audience::Nobody,
        }
    }
}

/// Which broadcasts a client receives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// All broadcasts: the client is a member of the room.
    Everyone,
    /// No broadcasts: the client is an echo client, is turned away, or has left.
    Nobody,
}
