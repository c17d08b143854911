//! What happens to the clients of this server when it loses the room.

use std::time::Instant;

use crate::base::id::ClientId;
use crate::server::cluster::hub::ClusterHub;
use crate::server::cluster::hub::local_client::LocalClient;
use crate::server::cluster::log_message::ServerMembership;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::http::error_response::ErrorResponse;
use crate::server::observe::disconnect::DisconnectReason;

impl ClusterHub {
    /// Continues as a new run of this server. Disconnects the server's clients, so that they reconnect and catch up.
    pub(super) fn restart(&mut self, membership: ServerMembership) {
        self.send();
        self.membership = membership;
        self.snapshot_sent = false;
        self.lose_room();
    }

    /// Stores the id of the current room. Disconnects this server's clients, because they are no longer members.
    pub(super) fn lose_room(&mut self) {
        self.long_polls.drop_all();
        self.room_id.set(self.membership.replica.room().id());
        let response = ErrorResponse::new(503, "The server has lost the room: try again.");
        let response = response.with("Retry-After", "1");
        let clients: Vec<ClientId> = self.clients.keys().copied().collect();
        for client in clients {
            // A WebSocket's entries may still reach the log. The hub keeps the client, so that a Leave follows them.
            let known = self.clients.get_mut(&client).map(LocalClient::take_pending);
            let Some(lost) = known else { continue };
            if lost.is_http() {
                self.clients.remove(&client);
            }
            if self.cancel(client, lost, &response, DisconnectReason::LostRoom) {
                let lost = ClientCommand::Disconnect(DisconnectReason::LostRoom);
                self.batches.flush_block();
                self.batches.push_command(client, lost);
            }
        }
    }

    /// Cancels everything that a client waits for. Returns whether it was a member.
    ///
    /// Waiting blocks are dropped: a Pong among them would falsely confirm that the client's entries are in the log.
    pub(super) fn cancel(
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
        if lost.can_be_released(Instant::now()) {
            self.release(client);
        }
        lost.is_member()
    }
}
