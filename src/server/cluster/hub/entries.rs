//! How the entries of the log affect the clients of this server.

use crate::base::id::ClientId;
use crate::server::cluster::entry_id::EntryId;
use crate::server::cluster::event::{LogEntry, RoomEvent};
use crate::server::cluster::hub::{ClusterHub, Phase};
use crate::server::cluster::log_message::ServerMembership;
use crate::server::cluster::replica::outcome::Outcome;
use crate::server::cluster::servers::Slot;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::hub::other_messages::admit;
use crate::server::observe::disconnect::DisconnectReason;
use crate::server::room::join::{JoinOutcome, JoinRequest};
use crate::server::room::output::RoomOutput;

impl ClusterHub {
    /// Applies an entry to the room. If a client of this server waited for the entry, answers the client.
    pub(super) fn apply(&mut self, id: EntryId, mut entry: LogEntry) {
        let is_own = entry.server == self.membership.server;
        match &mut entry.event {
            // The members of this server get their Close before the leave notices.
            RoomEvent::Stop if is_own => self.finish_stop(),
            RoomEvent::Snapshot(_) if is_own => self.snapshot_sent = false,
            RoomEvent::Join { client, request } if is_own => {
                self.batches.flush_block();
                self.restore_join_request(*client, request);
            }
            _ => {}
        }
        let ServerMembership {
            replica,
            server,
            slot,
        } = &mut self.membership;
        let number = entry.number;
        let mut out = OwnClients {
            slot: *slot,
            batches: &mut self.batches,
        };
        let before = replica.room().steps();
        let applied = replica.apply(id, entry, &mut out);
        let steps = replica.room().steps().saturating_sub(before);
        self.batches.fill.count_steps(steps);
        // A gap means that an earlier entry of this server is lost, or that the other servers have dropped this server.
        let has_gap = is_own
            && replica
                .next_number(*server)
                .is_none_or(|next| number >= next);
        if (has_gap || applied.dropped_servers.contains(server)) && self.phase == Phase::Running {
            // If the channel is full, an earlier message already tells the subscriber to enter the room again.
            let _ = self.restart.try_send(*server);
        }
        if let Outcome::Joined { joined, .. } = &applied.outcome {
            self.replace(joined);
        }
        if is_own {
            self.answer(applied.outcome);
        }
        if *self.room_id.get() != **self.membership.replica.room().id() {
            self.lose_room();
        }
    }

    /// Adds the part of a join that only this server knows: which lines the client wants. This part does not affect the
    /// room.
    fn restore_join_request(&self, client: ClientId, request: &mut JoinRequest) {
        let joining = self.clients.get(&client);
        let upgrade = joining.and_then(|client| client.upgrade());
        if let Some(join) = upgrade.and_then(|upgrade| upgrade.join.as_ref()) {
            request.since = join.since;
            request.room.clone_from(&join.room);
        }
    }

    /// If a new member replaces a client of this server, disconnects the replaced client.
    fn replace(&mut self, joined: &JoinOutcome) {
        let slot = self.membership.slot;
        if let Some(client) = joined.replaced.and_then(|member| slot.client(member)) {
            let replaced = ClientCommand::Disconnect(DisconnectReason::Replaced);
            self.batches.flush_block();
            self.batches.push_command(client, replaced);
        }
    }

    /// Answers the client whose entry has come back from the log.
    fn answer(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Joined { client, joined } => self.admit(client, &joined),
            Outcome::Said(client) => self.confirm(client),
            Outcome::Posted { client, receipt } => {
                let posting = self.clients.get_mut(&client);
                if let Some(reply) = posting.and_then(|client| client.take_post()) {
                    self.long_polls.queue_receipt(client, reply, receipt);
                }
                if self
                    .clients
                    .get(&client)
                    .is_some_and(|client| client.is_idle())
                {
                    self.clients.remove(&client);
                }
            }
            Outcome::Ignored | Outcome::Done | Outcome::Started(_) | Outcome::Stopped => {}
        }
    }

    /// Sends a new member its 101 and its first lines, and counts its join entry as returned.
    fn admit(&mut self, client: ClientId, joined: &JoinOutcome) {
        let joining = self.clients.get_mut(&client);
        if let Some((half, upgrade)) = joining.and_then(|client| client.admit()) {
            admit(&mut self.batches, client, half, &upgrade.response, joined);
        }
        self.confirm(client);
    }

    /// Counts a returned entry, and sends the blocks that await it. After the last entry, releases a leaving client.
    fn confirm(&mut self, client: ClientId) {
        let Some(confirmed) = self.clients.get_mut(&client) else {
            return;
        };
        confirmed.confirm();
        while let Some(block) = confirmed.next_block() {
            self.batches.push_private(client, block);
        }
        if confirmed.is_leaving() && confirmed.is_settled() {
            self.release(client);
        }
    }
}

/// Sends the room's lines to the clients of this server. Drops answers to other clients: their own servers answer them.
struct OwnClients<'a> {
    slot: Slot,
    batches: &'a mut OutgoingBatches,
}

impl RoomOutput for OwnClients<'_> {
    fn to_all(&mut self, line: &str) {
        self.batches.to_all(line);
    }

    fn to_one(&mut self, member: ClientId, line: &str) {
        if let Some(client) = self.slot.client(member) {
            self.batches.to_one(client, line);
        }
    }
}
