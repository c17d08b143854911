//! One server's copy of the room. Only the entries of the log change it.
//!
//! Servers that apply the same entries in the same order must end up with the same room. So nothing here depends on a
//! machine's clock, on a new random number, or on the order of a hash map. An entry may come from a server with a bug
//! or from another program, so each is checked, by the same rules everywhere.

pub mod begin;
pub mod outcome;

use std::time::{Duration, Instant};

use crate::base::id::ClientId;
use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{LogEntry, RoomEvent, RoomOptions, ServerId, Snapshot};
use crate::server::cluster::replica::outcome::{Applied, Outcome};
use crate::server::cluster::servers::{Servers, Slot};
use crate::server::cluster::stream_time::StreamTime;
use crate::server::room::Room;
use crate::server::room::join::JoinRequest;
use crate::server::room::output::RoomOutput;

/// The number of entries after which a new snapshot is due: 4,096.
pub const ENTRIES_PER_SNAPSHOT: u64 = 4096;

/// The total size of entries after which a new snapshot is due: 4 MiB.
pub const BYTES_PER_SNAPSHOT: u64 = 4 * 1024 * 1024;

/// A copy of the room, and of everything else that affects how the next entry is applied.
#[derive(Debug)]
pub struct Replica {
    pub(super) room: Room,
    pub(super) options: RoomOptions,
    pub(super) servers: Servers,
    pub(super) time: StreamTime,
    /// The origin of the room's clock. Each replica may have a different origin, because only the differences between
    /// times matter.
    pub(super) start: Instant,
    /// The id of the last entry that was applied.
    pub(super) position: EntryId,
    pub(super) since_snapshot: SinceSnapshot,
}

/// The number and the size of the entries that were applied after the last snapshot.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SinceSnapshot {
    /// The id of the last entry that the last snapshot includes.
    pub snapshot_position: EntryId,
    /// How many entries were applied after the entry that contains the last snapshot.
    pub entries: u64,
    /// The approximate size of the entries that `entries` counts, in bytes.
    pub bytes: u64,
}

impl Replica {
    /// Applies an entry. The room's lines are sent to `out`, which addresses members by their ids in the room.
    pub fn apply(&mut self, id: EntryId, entry: LogEntry, out: &mut impl RoomOutput) -> Applied {
        self.position = id;
        self.time.advance(id);
        self.since_snapshot.entries = self.since_snapshot.entries.saturating_add(1);
        let bytes = self.since_snapshot.bytes;
        self.since_snapshot.bytes = bytes.saturating_add(entry.event.size());
        let dropped_servers = self.servers.expired(self.time.elapsed);
        for server in &dropped_servers {
            self.remove_server(*server, out);
        }
        let LogEntry {
            server,
            number,
            event,
        } = entry;
        let outcome = match event {
            RoomEvent::Start(start) => self.start_server(server, start, out),
            event => match self.servers.record_entry(server, number, self.time.elapsed) {
                Some(slot) => self.apply_event(server, slot, event, out),
                None => Outcome::Ignored,
            },
        };
        Applied {
            dropped_servers,
            outcome,
        }
    }

    fn apply_event(
        &mut self,
        server: ServerId,
        slot: Slot,
        event: RoomEvent,
        out: &mut impl RoomOutput,
    ) -> Outcome {
        match event {
            // Handled by the caller.
            RoomEvent::Start(_) => Outcome::Ignored,
            RoomEvent::Alive => Outcome::Done,
            RoomEvent::Stop => {
                self.remove_server(server, out);
                Outcome::Stopped
            }
            RoomEvent::Snapshot(snapshot) => {
                self.record_snapshot(&snapshot);
                Outcome::Done
            }
            RoomEvent::Join { client, request } => self.join(slot, client, request, out),
            RoomEvent::Leave(client) => {
                let now = self.now();
                self.room.leave(slot.member(client), now, out);
                Outcome::Done
            }
            RoomEvent::Say { client, lines } => {
                self.room.say(slot.member(client), &lines, out);
                Outcome::Said(client)
            }
            RoomEvent::Post {
                client,
                name,
                lines,
            } => Outcome::Posted {
                client,
                receipt: self.room.post(&name, &lines, out),
            },
        }
    }

    fn join(
        &mut self,
        slot: Slot,
        client: ClientId,
        request: JoinRequest,
        out: &mut impl RoomOutput,
    ) -> Outcome {
        let (member, now) = (slot.member(client), self.now());
        // A client joins only once. A second join would leave its first name taken for good.
        if self.room.has_member(member) {
            return Outcome::Ignored;
        }
        let joined = self.room.join(member, request, now, out);
        Outcome::Joined { client, joined }
    }

    fn remove_server(&mut self, server: ServerId, out: &mut impl RoomOutput) {
        let now = self.now();
        let Some(slot) = self.servers.remove(server) else {
            return;
        };
        for member in self.room.members_within(slot.members()) {
            self.room.leave(member, now, out);
        }
    }

    fn record_snapshot(&mut self, snapshot: &Snapshot) {
        if snapshot.position > self.since_snapshot.snapshot_position {
            self.since_snapshot = SinceSnapshot {
                snapshot_position: snapshot.position,
                ..SinceSnapshot::default()
            };
        }
    }

    /// Returns the time on the room's clock.
    fn now(&self) -> Instant {
        let elapsed = Duration::from_millis(self.time.elapsed);
        // In practice, this never overflows: an `Instant` holds 292 billion years, and `elapsed` at most 585 million.
        self.start.checked_add(elapsed).unwrap_or(self.start)
    }

    /// Returns a snapshot, or `None` while this server need not write one.
    ///
    /// The oldest server writes the snapshots. If it is late, the next-oldest server takes over, so the log stays
    /// bounded.
    pub fn snapshot_due(&self, own: Slot) -> Option<Snapshot> {
        let SinceSnapshot {
            snapshot_position,
            entries,
            bytes,
        } = self.since_snapshot;
        let factor = self.servers.rank(own).saturating_add(1);
        let is_due = entries >= ENTRIES_PER_SNAPSHOT.saturating_mul(factor)
            || bytes >= BYTES_PER_SNAPSHOT.saturating_mul(factor);
        is_due.then(|| Snapshot {
            position: self.position,
            trim: (snapshot_position != EntryId::default()).then_some(snapshot_position),
            text: self.to_text(),
        })
    }

    /// Returns the number of a server's next entry, or `None` if the server is unknown.
    pub fn next_number(&self, server: ServerId) -> Option<u64> {
        Some(self.servers.records.get(&server)?.next_number)
    }

    /// Returns the room.
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Returns the room, to read lines from it. The caller must not change its members or its numbers.
    pub fn room_mut(&mut self) -> &mut Room {
        &mut self.room
    }

    /// Returns the id of the last entry that was applied.
    pub fn position(&self) -> EntryId {
        self.position
    }
}
