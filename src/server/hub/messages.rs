//! What connections tell the hub.

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::delivery::queue::Block;
use crate::server::http::query::FetchParams;
use crate::server::http::route::Upgrade;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::history::chunk::Numbered;

/// What connections tell the hub. What one connection tells comes in its order.
#[derive(Debug)]
pub enum HubMessage {
    /// A WebSocket begins. From now on everything that its client gets comes through the hub.
    Join(ClientId, WriteHalf, Upgrade),
    /// Somebody says lines.
    Say(ClientId, Lines),
    /// Something for the client that this connection serves: a Pong, a Close, an echo.
    Private(ClientId, Block),
    /// The client has been silent for a while; ask whether it is still there.
    Ping(ClientId),
    /// A request over HTTP wants something of the room.
    Http(ClientId, RoomRequest),
    /// The connection's thread has said its last.
    Leave(ClientId),
    /// The server stops. What was said before is ahead of it.
    Stop,
}

/// What a connection's thread asks of the hub for a request. It is answered through a channel of one, without waiting; if
/// the channel disconnects in place of an answer, the server stops.
#[derive(Debug)]
pub enum RoomRequest {
    /// Lines that were said.
    Fetch(Fetch),
    /// To say lines.
    Post(Post),
    /// Nothing any more: the connection ends, and with it its wait.
    Forget,
}

/// Which lines somebody asks for.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// The lines, and whether to wait for one. The connection's thread keeps the time.
    pub params: FetchParams,
    /// Where the lines go.
    pub reply: Sender<Numbered>,
}

/// Lines that somebody says who is not in the room.
#[derive(Debug)]
pub struct Post {
    /// In whose name.
    pub name: Name,
    /// The lines, said as they are: none is a command.
    pub lines: Lines,
    /// Where their numbers go, or `None` if a member has this name.
    pub reply: Sender<Option<Numbered>>,
}
