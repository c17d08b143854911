//! What happens in the room, as an entry of the log says it.

use std::fmt;

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::cluster::entry_id::EntryId;
use crate::server::room::join::JoinRequest;

/// The version of the log and of the room's rules: 1. A server with another version would decide otherwise, so it is
/// refused.
const VERSION: u32 = 1;

/// One run of a server: a random number. A server that starts anew gets another one.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ServerId(pub u64);

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// An entry of the log.
///
/// `number` begins at 0 with the server's [`Event::Start`] and grows by one. So an entry that arrives twice is recognized.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The server that wrote it.
    pub server: ServerId,
    /// How many entries this server had written before.
    pub number: u64,
    /// What happened.
    pub event: Event,
}

/// What happens in the room. `client` is a client of the server that writes the entry.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "each field is what its type says")]
pub enum Event {
    /// A server begins.
    Start(Start),
    /// A server is alive, with nothing else to say.
    Alive,
    /// A server ends, so its members leave.
    Stop,
    /// The room as it was after an entry.
    Snapshot(Snapshot),
    /// A client joins. Which lines it wants is for its own server only, and is not written.
    Join {
        client: ClientId,
        request: JoinRequest,
    },
    /// A client leaves.
    Leave(ClientId),
    /// A member says lines, which may be commands.
    Say { client: ClientId, lines: Lines },
    /// A client that is not a member speaks.
    Post {
        client: ClientId,
        name: Name,
        lines: Lines,
    },
}

/// How a server begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Start {
    /// The id for a room that this entry begins.
    pub room: String,
    /// The options of the server that decide what the room does, [as text](RoomOptions).
    pub options: String,
    /// The earlier run of the same process, which is over.
    pub replaces: Option<ServerId>,
    /// The id of a room whose last entries are lost. If the room still has this id, it ends, and another one begins.
    pub ends: Option<String>,
}

/// The options that decide what the room does. All servers of a room have the same.
///
/// As text: `version=1 history=1000 max-message=16384`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RoomOptions {
    /// `--history`.
    pub history: usize,
    /// `--max-message`.
    pub max_message: usize,
}

impl fmt::Display for RoomOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RoomOptions {
            history,
            max_message,
        } = self;
        write!(
            f,
            "version={VERSION} history={history} max-message={max_message}"
        )
    }
}

/// The room as it was after an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Snapshot {
    /// The last entry that it includes.
    pub until: EntryId,
    /// The snapshot before this one. The log before that is not needed anymore. Only the writer knows it.
    pub trim: Option<EntryId>,
    /// The room, as [`text`](crate::server::cluster::snapshot).
    pub text: String,
}

impl Event {
    /// Returns about how many bytes the entry takes in the log. Snapshots do not count.
    pub fn size(&self) -> u64 {
        let text = match self {
            Event::Say { lines, .. } | Event::Post { lines, .. } => {
                lines.iter().map(|line| line.len() + 1).sum()
            }
            _ => 0,
        };
        ENTRY_OVERHEAD + text as u64
    }
}

/// About how many bytes an entry adds to its lines: 64.
const ENTRY_OVERHEAD: u64 = 64;
