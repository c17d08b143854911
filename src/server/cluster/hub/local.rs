//! Handles messages from the connections of this server.

use std::time::Instant;

use crate::base::id::ClientId;
use crate::server::cluster::hub::{ClusterHub, Phase};
use crate::server::cluster::local_message::LocalMessage;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::{Audience, ClientCommand};
use crate::server::http::error_response::ErrorResponse;
use crate::server::hub::messages::HubMessage;
use crate::server::hub::other_messages::push_join;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;

impl ClusterHub {
    pub(super) fn handle_local(&mut self, message: LocalMessage) {
        match message {
            LocalMessage::ExpectEntry(client) => self.clients.entry(client).or_default().expect(),
            LocalMessage::Join { client, half, .. } if self.phase != Phase::Running => {
                self.turn_away_joining(client, half);
            }
            LocalMessage::Join {
                client,
                half,
                upgrade,
            } => {
                let joining = self.clients.entry(client).or_default();
                joining.join(half, upgrade);
            }
            LocalMessage::WithdrawJoin(client) => {
                let joining = self.clients.get_mut(&client);
                if let Some((half, _)) = joining.and_then(|client| client.withdraw()) {
                    self.turn_away_joining(client, half);
                }
            }
            // Dropping the reply channel tells the connection that the server is stopping.
            LocalMessage::Post { .. } if self.phase != Phase::Running => {}
            LocalMessage::Post { client, reply } => {
                self.clients.entry(client).or_default().post(reply);
            }
            LocalMessage::Other(message) => self.handle_other(message),
        }
    }

    fn handle_other(&mut self, message: HubMessage) {
        match message {
            HubMessage::Private { client, block } => self.push_private(client, block),
            HubMessage::Ping(client) => self.batches.push_command(client, ClientCommand::Ping),
            HubMessage::Join { client, half, .. } if self.phase != Phase::Running => {
                self.turn_away_joining(client, half);
            }
            // An echo client, which joins no room.
            HubMessage::Join {
                client,
                half,
                upgrade,
            } => {
                let first = Block::new(upgrade.response);
                push_join(&mut self.batches, client, half, first, Audience::Nobody);
            }
            HubMessage::Http { .. } if self.phase != Phase::Running => {}
            HubMessage::Http { client, request } => {
                let room = self.membership.replica.room();
                if let Some(request) = self.early.hold(client, request, room) {
                    self.answer_request(client, request);
                }
            }
            HubMessage::Leave(client) => self.leave(client),
            HubMessage::Stop => self.stop(),
            // This does not occur: the link publishes lines as an entry.
            HubMessage::Say { .. } => {}
        }
    }

    /// Sends a block to a client once the entries that its connection published earlier have come back.
    fn push_private(&mut self, client: ClientId, block: Block) {
        match self.clients.get_mut(&client) {
            Some(waiting) if !waiting.is_settled() => waiting.hold_block(block),
            _ => self.batches.push_private(client, block),
        }
    }

    /// Schedules a client's Leave entry, if it needs one. Releases the client at once if it waits for no entries.
    fn leave(&mut self, client: ClientId) {
        let now = Instant::now();
        let Some(leaving) = self.clients.get_mut(&client) else {
            return self.release(client);
        };
        // The client's join may already be in the log or be added later, so its Leave must follow.
        self.leaves.push_back(client);
        leaving.begin_leaving(now + self.leave_timeout);
        if leaving.can_be_released(now) {
            self.release(client);
        }
    }

    /// Forgets a client, and tells its writer that the client has left.
    pub(super) fn release(&mut self, client: ClientId) {
        self.clients.remove(&client);
        self.batches.flush_block();
        self.batches.push_command(client, ClientCommand::Leave);
    }

    /// Once a second, handles clients that wait for entries. Such a wait is long only if Redis is slow or unreachable.
    ///
    /// A client whose connection has ended is released once its leave timeout has expired. A client with held blocks
    /// may be waiting for a Pong, so it is sent a Ping, which shows that the server is alive.
    pub(super) fn handle_overdue_clients(&mut self, now: Instant) {
        let mut overdue = Vec::new();
        for (client, waiting) in &self.clients {
            if waiting.can_be_released(now) {
                overdue.push(*client);
            } else if waiting.has_held_blocks() {
                self.batches.push_command(*client, ClientCommand::Ping);
            }
        }
        for client in overdue {
            self.release(client);
        }
    }

    /// Sends a 503 to a client that cannot join.
    pub(super) fn turn_away_joining(&mut self, client: ClientId, half: WriteHalf) {
        let response = ErrorResponse::stopping();
        let reason = DisconnectReason::ShuttingDown;
        let join = ClientCommand::turn_away(half, &response, reason);
        self.batches.push_command(client, join);
    }
}
