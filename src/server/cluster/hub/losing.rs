//! How this server stops, and what happens to its clients when it loses the room.

use std::mem;
use std::time::{Duration, Instant};

use crate::base::id::ClientId;
use crate::server::cluster::event::Event;
use crate::server::cluster::hub::local_client::LocalClient;
use crate::server::cluster::hub::{ClusterHub, Phase};
use crate::server::cluster::log_message::Membership;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::http::error_response::ErrorResponse;
use crate::server::observe::disconnect::DisconnectReason;

/// How long a stop waits for the entries that precede it: 1 s at most. They take longer only if Redis is unreachable or slow.
pub const MAX_WAIT_AT_STOP: Duration = Duration::from_secs(1);

impl ClusterHub {
    /// Begins to stop. Lines sent earlier are still delivered, because they precede [`Event::Stop`] in the log.
    pub(super) fn stop(&mut self) {
        self.long_polls.drop_all();
        self.early.clear();
        let wait = MAX_WAIT_AT_STOP.min(self.time_to_leave / 8);
        self.phase = Phase::Stopping {
            until: Instant::now() + wait,
            is_published: false,
        };
        self.continue_stop();
    }

    /// Publishes the stop as soon as the publisher has room. When the wait expires, the stop continues without the log.
    pub(super) fn continue_stop(&mut self) {
        let Phase::Stopping {
            until,
            is_published,
        } = &mut self.phase
        else {
            return;
        };
        *is_published = *is_published || self.publisher.try_send(Event::Stop).is_ok();
        if *until <= Instant::now() {
            self.finish_stop();
        }
    }

    /// Gives each client its last block.
    pub(super) fn finish_stop(&mut self) {
        if self.phase == Phase::Stopped {
            return;
        }
        self.phase = Phase::Stopped;
        let response = ErrorResponse::stopping();
        for (client, lost) in mem::take(&mut self.clients) {
            self.give_up(client, lost, &response, DisconnectReason::ShuttingDown);
        }
        self.batches.push_stop();
    }

    /// Continues as a new run of this server. Its clients are disconnected. They reconnect and catch up.
    pub(super) fn restart(&mut self, membership: Membership) {
        self.send();
        self.membership = membership;
        self.snapshot_sent = false;
        self.lose_room();
    }

    /// Disconnects all clients of this server, because they are no longer members.
    pub(super) fn lose_room(&mut self) {
        self.long_polls.drop_all();
        self.room_id.set(self.membership.replica.room().id());
        let response = ErrorResponse::new(503, "The server has lost the room. Try again.");
        let response = response.with("Retry-After", "1");
        let clients: Vec<ClientId> = self.clients.keys().copied().collect();
        for client in clients {
            // Its entries may still arrive, so a Leave must be published. Until then, the hub keeps the client.
            let known = self.clients.get_mut(&client).map(LocalClient::lose);
            let Some(lost) = known else { continue };
            if lost.is_http() {
                self.clients.remove(&client);
            }
            if self.give_up(client, lost, &response, DisconnectReason::LostRoom) {
                let lost = ClientCommand::Disconnect(DisconnectReason::LostRoom);
                self.batches.flush_block();
                self.batches.push_command(client, lost);
            }
        }
    }

    /// Cancels everything that a client waits for. Returns whether it was a member.
    ///
    /// Waiting blocks are dropped. A Pong would falsely confirm that the entries before it are in the log.
    fn give_up(
        &mut self,
        client: ClientId,
        mut lost: LocalClient,
        response: &ErrorResponse,
        reason: DisconnectReason,
    ) -> bool {
        if let Some((half, _)) = lost.withdraw() {
            let join = ClientCommand::turn_away(half, response, reason);
            self.batches.push_command(client, join);
        }
        if lost.may_go(Instant::now()) {
            self.let_go(client);
        }
        lost.is_member()
    }
}
