//! What an entry did.

use std::fmt;

use crate::base::id::ClientId;
use crate::server::cluster::event::ServerId;
use crate::server::cluster::servers::{MAX_SERVERS, Slot};
use crate::server::room::history::numbered_lines::NumberedLines;
use crate::server::room::join::JoinOutcome;

/// What an entry did.
#[derive(Debug)]
pub struct Applied {
    /// The servers that were gone by then.
    pub gone: Vec<ServerId>,
    /// What the entry itself did.
    pub outcome: Outcome,
}

/// What an entry did, beside what the room said. `client` is a client of the entry's server.
#[derive(Debug)]
#[allow(missing_docs, reason = "each field is what its type says")]
pub enum Outcome {
    /// Nothing: it had arrived before, or its server is unknown.
    Ignored,
    /// It concerns no waiting client.
    Done,
    /// The server began. The room may be another one now.
    Started(Result<Slot, Refusal>),
    /// The server stopped.
    Stopped,
    /// The client joined.
    Joined {
        client: ClientId,
        joined: JoinOutcome,
    },
    /// The client said lines.
    Said(ClientId),
    /// A client said lines over HTTP. `None`: a member has its name.
    Posted {
        client: ClientId,
        receipt: Option<NumberedLines>,
    },
}

/// Why a server may not take part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It would decide otherwise than the others.
    OtherOptions {
        /// What it has.
        own: String,
        /// What the others have.
        theirs: String,
    },
    /// There are [`MAX_SERVERS`] already.
    TooManyServers,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::OtherOptions { own, theirs } => write!(
                f,
                "the other servers of this room run with {theirs}, and this one with {own}; give all the same options"
            ),
            Refusal::TooManyServers => {
                write!(f, "the room has {MAX_SERVERS} servers already")
            }
        }
    }
}

impl std::error::Error for Refusal {}
