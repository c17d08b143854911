//! What a writer receives from the hub (or the keeper), and what it exchanges with its catch-up threads.

use crate::base::id::ClientId;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

/// A message to a writer.
#[derive(Debug)]
#[allow(missing_docs, reason = "the types of the fields explain them")]
pub enum WriterMessage {
    /// Commands from the hub, in order.
    Batch(Vec<WriterCommand>),
    /// The catch-up thread of this client has written its block, or has failed.
    CaughtUp {
        client: ClientId,
        outcome: CatchUpOutcome,
    },
    /// The hub has ended, so no batch follows.
    End,
}

/// One command from the hub.
#[derive(Debug)]
#[allow(missing_docs, reason = "the types of the fields explain them")]
pub enum WriterCommand {
    /// Send a block to all members.
    Broadcast(Block),
    /// Run a command for one client: Join, Send, Ping, Disconnect, Leave or Reply.
    One {
        client: ClientId,
        command: ClientCommand,
    },
    /// Disconnect all clients, because the server is stopping.
    Stop,
}

/// What a writer sends to a catch-up thread: a block, and the right to write it.
#[derive(Debug)]
pub struct CatchUpJob {
    pub(super) half: WriteHalf,
    pub(super) block: Block,
}

/// What a catch-up thread reports about its block.
#[derive(Debug)]
pub enum CatchUpOutcome {
    /// The block is written. The writer gets the write half back.
    Ready(WriteHalf),
    /// The client's last block is written.
    LastBlockWritten,
    /// The write failed, or the thread panicked. The write half is gone.
    Broken(DisconnectReason),
}
