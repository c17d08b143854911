//! What a writer receives, from the hub and from its catch-up threads.

use crate::base::id::ClientId;
use crate::server::delivery::block::Block;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

/// A message to a writer.
#[derive(Debug)]
pub enum WriterMessage {
    /// Commands from the hub, in their order.
    Batch(Vec<WriterCommand>),
    /// A catch-up thread ends.
    CaughtUp {
        /// Its client.
        client: ClientId,
        /// What became of the block.
        outcome: CatchUpOutcome,
    },
    /// The hub ends. This is its last message.
    End,
}

/// One command from the hub.
#[derive(Debug)]
pub enum WriterCommand {
    /// Take over a write half.
    Join {
        /// The new recipient.
        client: ClientId,
        /// The right to write to it.
        half: WriteHalf,
        /// The first block. It does not count against the backlog.
        first: Block,
        /// Which broadcasts the recipient gets.
        audience: Audience,
    },
    /// Send a block to all members.
    Broadcast(Block),
    /// Send a block to one client.
    Send {
        /// The client.
        client: ClientId,
        /// The block.
        block: Block,
    },
    /// Send a Ping, ahead of everything that waits.
    Ping(ClientId),
    /// Send a Close with this reason, as the client's last block.
    Disconnect {
        /// The client.
        client: ClientId,
        /// Why its connection ends.
        reason: DisconnectReason,
    },
    /// Disconnect all clients, because the server stops.
    Stop,
    /// Send what waits for this client, then drop its write half.
    Leave(ClientId),
}

/// Which broadcasts a recipient gets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// All of them: it is a member of the room.
    Everyone,
    /// None: it is an echo, or it has left.
    Itself,
}

/// How a catch-up thread ended.
#[derive(Debug)]
pub enum CatchUpOutcome {
    /// The block is written. The write half comes back.
    Ready(WriteHalf),
    /// The client's last block is written.
    Finished,
    /// The socket broke, or its peer was too slow. The socket is shut down.
    Broken,
}
