//! The effects of an entry.

use std::fmt;

use crate::base::id::ClientId;
use crate::server::cluster::event::ServerId;
use crate::server::cluster::servers::{MAX_SERVERS, Slot};
use crate::server::room::history::numbered_lines::NumberedLines;
use crate::server::room::join::JoinOutcome;

/// The effects of an entry.
#[derive(Debug)]
pub struct Applied {
    /// The servers that were dropped because they had been silent for too long.
    pub dropped_servers: Vec<ServerId>,
    /// The effect of the entry itself.
    pub outcome: Outcome,
}

/// The effect of an entry, apart from the lines that the room sent. `client` is a client of the entry's server.
#[derive(Debug)]
#[allow(missing_docs, reason = "the types of the fields explain them")]
pub enum Outcome {
    /// The entry had no effect. For example, it is a duplicate, or its server is unknown.
    Ignored,
    /// The entry was applied, and no client waits for an answer to it.
    Done,
    /// The server started, or was refused. The room may have been replaced.
    Started(Result<Slot, Refusal>),
    /// The server stopped.
    Stopped,
    /// The client joined.
    Joined {
        client: ClientId,
        joined: JoinOutcome,
    },
    /// The client sent lines.
    Said(ClientId),
    /// The client sent lines over HTTP. The receipt is `None` if a member has the name that the request gives.
    Posted {
        client: ClientId,
        receipt: Option<NumberedLines>,
    },
}

/// Why the room refuses a server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The server's options differ from those of the room.
    OtherOptions {
        /// The options of this server.
        own: String,
        /// The other servers' options, from the log.
        theirs: String,
    },
    /// The room already has [`MAX_SERVERS`] servers, or no slot is left.
    TooManyServers,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::OtherOptions { own, theirs } => write!(
                f,
                "the other servers of this room run with {theirs}, and this one with {own}; start all with the same options"
            ),
            Refusal::TooManyServers => {
                write!(f, "the room has {MAX_SERVERS} servers already")
            }
        }
    }
}

impl std::error::Error for Refusal {}
