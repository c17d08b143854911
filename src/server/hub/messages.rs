//! What the hub receives: messages from the connections, and the `Stop` of the server.

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::server::delivery::block::Block;
use crate::server::http::route::Upgrade;
use crate::server::hub::room_request::RoomRequest;
use crate::server::net::write_half::WriteHalf;

/// A message to the hub. The messages of one connection arrive in the order in which it sent them.
#[derive(Debug)]
#[allow(missing_docs, reason = "the types of the fields explain them")]
pub enum HubMessage {
    /// A WebSocket opens. Its client receives everything through the hub, which passes the write half to a writer.
    Join {
        client: ClientId,
        half: WriteHalf,
        upgrade: Box<Upgrade>,
    },
    /// A member sends lines, from one or more frames.
    Say { client: ClientId, lines: Lines },
    /// A block for the connection's own client: a Pong, a Close, or an echo at `/echo`.
    Private { client: ClientId, block: Block },
    /// Send the client a Ping, usually because it is silent.
    Ping(ClientId),
    /// A client sends the room an HTTP request.
    Http {
        client: ClientId,
        request: RoomRequest,
    },
    /// A WebSocket ends. This is the last message of its connection.
    Leave(ClientId),
    /// The server stops. Lines that were sent earlier are ahead of this message in the channel.
    Stop,
}
