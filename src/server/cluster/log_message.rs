//! What the hub of a cluster receives from the subscriber.

use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{Entry, ServerId};
use crate::server::cluster::replica::Replica;
use crate::server::cluster::servers::Slot;

/// A message from the subscriber.
#[derive(Debug)]
pub enum LogMessage {
    /// The next entries of the log, in their order.
    Entries(Vec<(EntryId, Entry)>),
    /// This server has entered the room again as a new run: the others had dropped it, or the log has changed.
    Restarted(Box<Membership>),
}

/// The place of a server in the room.
#[derive(Debug)]
pub struct Membership {
    /// Its copy of the room, up to the entry with its own start.
    pub replica: Replica,
    /// Its id.
    pub server: ServerId,
    /// The slot that is part of its members' ids.
    pub slot: Slot,
}
