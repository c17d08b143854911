//! What a writer is told, by the hub and by its catch-up threads.

use crate::base::id::ClientId;
use crate::server::delivery::queue::Block;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

/// What a writer is told.
#[derive(Debug)]
pub enum WriterMessage {
    /// What the hub wants done, in this order.
    Batch(Vec<WriterCommand>),
    /// A catch-up thread is done with the block it was given.
    CaughtUp(ClientId, CaughtUp),
    /// Nothing more will come from the hub.
    End,
}

/// One thing that the hub wants done.
#[derive(Debug)]
pub enum WriterCommand {
    /// Take over a write half and send this first, which does not count against the backlog.
    Join(WriteHalf, ClientId, Block, Audience),
    /// Send this to all who hear everyone.
    Everyone(Block),
    /// Send this to one client alone.
    One(ClientId, Block),
    /// Send a Ping, before what waits already.
    Ping(ClientId),
    /// Say why this client is ended, and send the Close that tells it, as its last block.
    End(ClientId, DisconnectReason),
    /// End all clients, because the server stops.
    Stop,
    /// Nothing more will come for this client: send what waits, then let go of it.
    Leave(ClientId),
}

/// What a client hears of what goes to everyone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// All of it: a member of the room.
    Everyone,
    /// Nothing: an echo.
    Itself,
}

/// How a catch-up thread ended.
#[derive(Debug)]
pub enum CaughtUp {
    /// The block is written; here is the write half again.
    Ready(WriteHalf),
    /// It was the client's last block, and it is written.
    Finished,
    /// The socket broke, or its peer took nothing for the write timeout. It is shut down.
    Broken,
}
