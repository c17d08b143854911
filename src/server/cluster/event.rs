//! The events of the room, as the log records them.

use std::fmt;

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::cluster::entry_id::EntryId;
use crate::server::room::join::JoinRequest;

/// The version of the log and of the room's rules: 1. A server with another version could disagree about the room's
/// state, so it is refused.
const VERSION: u32 = 1;

/// The id of one run of a server: a random number. A server draws a new id each time it enters the room.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ServerId(pub u64);

impl fmt::Display for ServerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// An entry of the log.
///
/// `number` is 0 in a run's [`RoomEvent::Start`] and grows by one with each entry of the run. So servers notice
/// duplicates.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEntry {
    /// The id of the server run that wrote this entry.
    pub server: ServerId,
    /// How many entries the same run wrote before this one.
    pub number: u64,
    /// What happened.
    pub event: RoomEvent,
}

/// An event in the room. `client` is the client's id on the server that writes the event to the log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the types of the fields explain them")]
pub enum RoomEvent {
    /// A new run of a server enters the room.
    Start(Start),
    /// A heartbeat, from a server with nothing else to publish.
    Alive,
    /// A server stops, so its members leave.
    Stop,
    /// A snapshot of the room as it was after an earlier entry.
    Snapshot(Snapshot),
    /// A client joins. The entry does not record which lines the client wants, because only its own server needs that.
    Join {
        client: ClientId,
        request: JoinRequest,
    },
    /// A client leaves.
    Leave(ClientId),
    /// A member sends lines, which may be commands.
    Say { client: ClientId, lines: Lines },
    /// A client that is not a member sends lines.
    Post {
        client: ClientId,
        name: Name,
        lines: Lines,
    },
}

/// The contents of a run's first entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Start {
    /// An id for a new room. It is used only if this entry begins a room.
    pub room: String,
    /// The server's options that affect the room, [as text](RoomOptions).
    pub options: String,
    /// The id of the earlier run that this run replaces. `None` if the server process has just started.
    pub replaces: Option<ServerId>,
    /// The id of a room whose last entries were lost, or `None`. If it is the current room, a new one replaces it.
    pub ends: Option<String>,
}

/// The options that affect the room. They have the same values on all servers of a room.
///
/// As text: `version=1 history=1000 max-message=16384`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RoomOptions {
    /// The value of `--history`: the maximum number of lines that the room keeps.
    pub history: usize,
    /// The value of `--max-message`: the maximum length of a message in bytes.
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

/// The state of the room after the entry at `position`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Snapshot {
    /// The id of the last entry that the snapshot includes.
    pub position: EntryId,
    /// The id of the last entry that the previous snapshot includes. Older entries can be trimmed. `None` if there is
    /// no previous snapshot, or if this snapshot was read from the log.
    pub trim: Option<EntryId>,
    /// The replica, as [text](crate::server::cluster::snapshot).
    pub text: String,
}

impl RoomEvent {
    /// Returns the approximate size in bytes of the event's entry in the log. The text of a snapshot does not count.
    pub fn size(&self) -> u64 {
        let text = match self {
            RoomEvent::Say { lines, .. } | RoomEvent::Post { lines, .. } => {
                lines.iter().map(|line| line.len() + 1).sum()
            }
            _ => 0,
        };
        ENTRY_OVERHEAD + text as u64
    }
}

/// The approximate size of an entry without its lines: 64 bytes.
const ENTRY_OVERHEAD: u64 = 64;
