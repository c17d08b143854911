//! The servers of the room, and the ids of their members.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::base::id::ClientId;
use crate::server::cluster::event::ServerId;

/// The silence after which a server is dropped and its members leave: 15,000 ms on the room's clock.
pub const MAX_SILENCE: u64 = 15_000;

/// The maximum number of servers in a room: 64.
pub const MAX_SERVERS: usize = 64;

/// How many low bits of a member's id hold the client's number: 40. The higher bits hold the server's slot.
const CLIENT_BITS: u32 = 40;

/// The highest slot: 16,777,215. Each start of a server uses up one slot.
pub const MAX_SLOT: u64 = (1 << (u64::BITS - CLIENT_BITS)) - 1;

/// The number that identifies a server within its members' ids. A slot is never reused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slot(pub u64);

impl Slot {
    /// Returns the id that a client of this server has in the room.
    pub fn member(self, client: ClientId) -> ClientId {
        (self.0 << CLIENT_BITS) | (client & CLIENT_MASK)
    }

    /// Converts a member's id to the client's id on this server. Returns `None` for a member of another server.
    pub fn client(self, member: ClientId) -> Option<ClientId> {
        (member >> CLIENT_BITS == self.0).then_some(member & CLIENT_MASK)
    }

    /// Returns the range of all ids that members of this server can have.
    pub fn members(self) -> RangeInclusive<ClientId> {
        self.member(0)..=self.member(CLIENT_MASK)
    }
}

const CLIENT_MASK: u64 = (1 << CLIENT_BITS) - 1;

/// A server of the room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ServerRecord {
    /// The server's slot, which is part of its members' ids.
    pub slot: Slot,
    /// The number of the server's next entry.
    pub next_number: u64,
    /// When the server's last entry arrived, in milliseconds on the room's clock.
    pub last_entry_at: u64,
}

/// The servers of the room.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Servers {
    /// The servers, by id.
    pub records: BTreeMap<ServerId, ServerRecord>,
    /// The slot that the next server to enter the room will get.
    pub next_slot: u64,
}

impl Servers {
    /// Adds a server whose first entry arrived at `now`. Returns `None` if there are too many servers, or if no slot is
    /// left.
    pub fn add(&mut self, server: ServerId, now: u64) -> Option<Slot> {
        if self.records.len() >= MAX_SERVERS || self.next_slot > MAX_SLOT {
            return None;
        }
        let slot = Slot(self.next_slot);
        let record = ServerRecord {
            slot,
            next_number: 1,
            last_entry_at: now,
        };
        self.next_slot += 1;
        self.records.insert(server, record);
        Some(slot)
    }

    /// Records an entry. Returns the server's slot if the entry has the expected number, or `None` if the entry must be
    /// ignored.
    ///
    /// An entry may be in the log twice: a server may write it again if the reply to the first write is lost.
    pub fn record_entry(&mut self, server: ServerId, number: u64, now: u64) -> Option<Slot> {
        let record = self.records.get_mut(&server)?;
        if number != record.next_number {
            return None;
        }
        record.next_number += 1;
        record.last_entry_at = now;
        Some(record.slot)
    }

    /// Removes a server. Returns its slot, or `None` if the server is unknown.
    pub fn remove(&mut self, server: ServerId) -> Option<Slot> {
        Some(self.records.remove(&server)?.slot)
    }

    /// Returns the servers that have written nothing for [`MAX_SILENCE`].
    pub fn expired(&self, now: u64) -> Vec<ServerId> {
        let records = self.records.iter();
        records
            .filter(|(_, record)| now.saturating_sub(record.last_entry_at) >= MAX_SILENCE)
            .map(|(server, _)| *server)
            .collect()
    }

    /// Returns how many of the present servers started before the server with this slot.
    pub fn rank(&self, slot: Slot) -> u64 {
        let before = self.records.values().filter(|it| it.slot.0 < slot.0);
        before.count() as u64
    }
}
