//! What the hub of a cluster receives from the subscriber.

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{LogEntry, ServerId};
use crate::server::cluster::replica::Replica;
use crate::server::cluster::servers::Slot;

/// A message from the subscriber.
#[derive(Debug)]
pub enum LogMessage {
    /// The next entries of the log, in their order.
    Entries(Vec<(EntryId, LogEntry)>),
    /// This server has rejoined the room as a new run: the other servers had dropped it, or entries of the log were
    /// lost.
    Restarted(Box<ServerMembership>),
}

/// What a server has once it has entered the room: a replica, the id of its run, and a slot.
#[derive(Debug)]
pub struct ServerMembership {
    /// The server's copy of the room. At least the server's start entry has been applied to it.
    pub replica: Replica,
    /// The id of this run of the server.
    pub server: ServerId,
    /// The server's slot, which is part of its members' ids.
    pub slot: Slot,
}
