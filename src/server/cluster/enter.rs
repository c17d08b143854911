//! How a server enters the room: it reads the log, and appends its own start entry.

use redis::RedisError;
use thiserror::Error;

use crate::base::id::ClientId;
use crate::base::random;
use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{LogEntry, RoomEvent, RoomOptions, ServerId, Start};
use crate::server::cluster::log_message::ServerMembership;
use crate::server::cluster::replica::Replica;
use crate::server::cluster::replica::outcome::{Applied, Outcome, Refusal};
use crate::server::cluster::snapshot::text_options;
use crate::server::cluster::stream::LogStream;
use crate::server::room::output::RoomOutput;

/// Why a server cannot enter the room.
#[derive(Debug, Error)]
pub enum EnterError {
    /// The URL is invalid, or Redis is unreachable, or its reply is an error or malformed.
    #[error("cannot reach the log in Redis: {0}")]
    Redis(#[from] RedisError),
    /// The server's options differ from the room's, or there are too many servers.
    #[error("{0}")]
    Refused(#[source] Refusal),
    /// A snapshot in the log is malformed, or the log lacks the entry that this server has just written.
    #[error("the log in Redis cannot be read")]
    Damaged,
}

/// A server that has entered the room, and how far it has read the log.
#[derive(Debug)]
pub struct Entered {
    /// The server's replica of the room, the id of its run, and its slot.
    pub membership: ServerMembership,
    /// The id of the last entry that the server has read.
    pub position: EntryId,
    /// The id of the server's own start entry.
    pub start: EntryId,
}

/// Enters the room as a new run of this server. Removes the run in `replaces` and ends the room in `ends`, if any.
///
/// # Errors
/// [`EnterError`].
pub fn enter(
    stream: &mut LogStream,
    options: RoomOptions,
    replaces: Option<ServerId>,
    ends: Option<String>,
) -> Result<Entered, EnterError> {
    let mut reader = Reader::start(stream, options)?;
    while reader.read_page(stream)? {}
    let server = ServerId(random::number());
    let start = Start {
        room: random::room_id(),
        options: options.to_string(),
        replaces,
        ends,
    };
    let entry = LogEntry {
        server,
        number: 0,
        event: RoomEvent::Start(start),
    };
    let id = stream.append(&[entry])?;
    let id = id.first().copied().unwrap_or_default();
    reader.server = Some(server);
    // Redis has confirmed the start entry. If the log ends before that entry, Redis has lost it.
    while reader.position < id && reader.read_page(stream)? {}
    match (reader.replica, reader.start_outcome) {
        (Some(replica), Some(Outcome::Started(Ok(slot)))) => Ok(Entered {
            membership: ServerMembership {
                replica,
                server,
                slot,
            },
            position: reader.position,
            start: id,
        }),
        (_, Some(Outcome::Started(Err(refusal)))) => Err(EnterError::Refused(refusal)),
        // The log lacks this server's own entry, or has something else in its place.
        _ => Err(EnterError::Damaged),
    }
}

/// Reads the log from its last snapshot on.
struct Reader {
    /// The room after the entries that were read so far. `None` until an entry begins a room.
    replica: Option<Replica>,
    options: RoomOptions,
    position: EntryId,
    /// The id of this run of the server. `None` until the run has written its start entry.
    server: Option<ServerId>,
    /// The outcome of this run's start entry. `None` until that entry has been read.
    start_outcome: Option<Outcome>,
}

impl Reader {
    fn start(stream: &mut LogStream, options: RoomOptions) -> Result<Reader, EnterError> {
        let mut reader = Reader {
            replica: None,
            options,
            position: EntryId::default(),
            server: None,
            start_outcome: None,
        };
        let Some(snapshot) = stream.last_snapshot()? else {
            return Ok(reader);
        };
        let theirs = text_options(&snapshot.text).unwrap_or_default();
        let own = options.to_string();
        if theirs != own {
            let theirs = theirs.to_owned();
            return Err(EnterError::Refused(Refusal::OtherOptions { own, theirs }));
        }
        let replica = Replica::from_text(&snapshot.text, options).ok_or(EnterError::Damaged)?;
        reader.replica = Some(replica);
        reader.position = snapshot.position;
        Ok(reader)
    }

    /// Reads and applies the next page of entries. Returns `false` at the end of the log.
    fn read_page(&mut self, stream: &mut LogStream) -> Result<bool, EnterError> {
        let (entries, _) = stream.read(self.position, None)?;
        let has_entries = !entries.is_empty();
        for (id, entry) in entries {
            self.position = id;
            let Some(entry) = entry else { continue };
            let is_own = Some(entry.server) == self.server;
            let outcome = self.apply(id, entry)?;
            if is_own && self.start_outcome.is_none() {
                self.start_outcome = outcome;
            }
        }
        Ok(has_entries)
    }

    fn apply(&mut self, id: EntryId, entry: LogEntry) -> Result<Option<Outcome>, EnterError> {
        if let Some(replica) = &mut self.replica {
            let Applied { outcome, .. } = replica.apply(id, entry, &mut DiscardOutput);
            return Ok(Some(outcome));
        }
        let RoomEvent::Start(start) = &entry.event else {
            return Ok(None);
        };
        let (replica, slot) =
            Replica::begin(id, entry.server, start, self.options).map_err(EnterError::Refused)?;
        self.replica = Some(replica);
        Ok(Some(Outcome::Started(Ok(slot))))
    }
}

/// Discards the room's lines. While a run enters the room, it has no members to send them to.
struct DiscardOutput;

impl RoomOutput for DiscardOutput {
    fn to_all(&mut self, _: &str) {}

    fn to_one(&mut self, _: ClientId, _: &str) {}
}
