//! What connections send to the hub.

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::server::delivery::block::Block;
use crate::server::http::route::Upgrade;
use crate::server::hub::room_request::RoomRequest;
use crate::server::net::write_half::WriteHalf;

/// A message to the hub. The messages of one connection arrive in the order in which it sent them.
#[derive(Debug)]
pub enum HubMessage {
    /// A WebSocket opens. From now on everything that its client gets comes through the hub.
    Join {
        /// The new client.
        client: ClientId,
        /// The right to write to it. The hub passes it on to a writer.
        half: WriteHalf,
        /// Its request.
        upgrade: Upgrade,
    },
    /// A member says lines.
    Say {
        /// The member.
        client: ClientId,
        /// Its lines.
        lines: Lines,
    },
    /// A block for this connection's own client: a Pong, a Close, an echo.
    Private {
        /// The client.
        client: ClientId,
        /// The block.
        block: Block,
    },
    /// A client is silent. Send it a Ping.
    Ping(ClientId),
    /// A request over HTTP asks the room for something.
    Http {
        /// The connection that asks.
        client: ClientId,
        /// What it asks for.
        request: RoomRequest,
    },
    /// A connection ends. This is its last message.
    Leave(ClientId),
    /// The server stops. Lines that were said earlier are ahead of this message.
    Stop,
}
