//! Handles joins, leaves, and all other messages except the lines of members.

use std::time::Instant;

use crate::base::frame::encode;
use crate::base::id::ClientId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::{Audience, ClientCommand};
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::route::Upgrade;
use crate::server::hub::Hub;
use crate::server::hub::messages::HubMessage;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;
use crate::server::room::join::JoinOutcome;

impl Hub {
    /// Handles every message except lines that arrive before the stop.
    pub(super) fn handle_other(&mut self, message: HubMessage) {
        match message {
            // The server is stopping: each client's last block precedes these lines, so they are dropped.
            HubMessage::Say { .. } => {}
            HubMessage::Private { client, block } => self.batches.push_private(client, block),
            HubMessage::Ping(client) => self.batches.push_command(client, ClientCommand::Ping),
            HubMessage::Join {
                client,
                half,
                upgrade,
            } => self.join(client, half, *upgrade),
            // Dropping the reply channel tells the connection that the server is stopping.
            HubMessage::Http { .. } if self.is_stopping => {}
            HubMessage::Http { client, request } => {
                self.long_polls
                    .handle(client, request, &mut self.room, &mut self.batches);
            }
            HubMessage::Leave(client) => self.leave(client),
            HubMessage::Stop => self.stop(),
        }
    }

    /// Adds a client to the room, and passes its write half to its writer. An `/echo` client joins no room. During a
    /// stop, the client gets a 503.
    ///
    /// A client that has received its 101 is already a member, so it misses nothing.
    fn join(&mut self, client: ClientId, half: WriteHalf, upgrade: Upgrade) {
        if self.is_stopping {
            let response = ErrorResponse::stopping();
            let reason = DisconnectReason::ShuttingDown;
            let join = ClientCommand::turn_away(half, &response, reason);
            return self.batches.push_command(client, join);
        }
        self.batches.flush_block();
        let Some(request) = upgrade.join else {
            let first = Block::new(upgrade.response);
            return push_join(&mut self.batches, client, half, first, Audience::Nobody);
        };
        let joined = self
            .room
            .join(client, request, Instant::now(), &mut self.batches);
        if let Some(client) = joined.replaced {
            let replaced = ClientCommand::Disconnect(DisconnectReason::Replaced);
            self.batches.push_command(client, replaced);
        }
        admit(&mut self.batches, client, half, &upgrade.response, &joined);
    }

    /// Removes a client. The lines so far are flushed first, so the client still receives them, but not the notice that
    /// it left.
    fn leave(&mut self, client: ClientId) {
        self.batches.flush_block();
        self.batches.push_command(client, ClientCommand::Leave);
        self.room.leave(client, Instant::now(), &mut self.batches);
    }

    /// Ends the long polls, and gives each client its last block after all earlier lines.
    fn stop(&mut self) {
        self.is_stopping = true;
        self.long_polls.drop_all();
        self.batches.push_stop();
    }
}

/// Turns a new member into a recipient. Its first block is the 101 response, the greeting, and the requested earlier
/// lines.
pub(crate) fn admit(
    batches: &mut OutgoingBatches,
    client: ClientId,
    half: WriteHalf,
    response: &[u8],
    joined: &JoinOutcome,
) {
    let mut bytes = response.to_vec();
    for line in &joined.greeting {
        encode::append_text(&mut bytes, line);
    }
    // This copies lines that are already encoded. Encoding them again would delay the other clients.
    for part in joined.earlier_lines.parts() {
        bytes.extend_from_slice(part.frames());
    }
    let first = Block {
        lines: joined.earlier_lines.len(),
        ..Block::new(bytes.into())
    };
    push_join(batches, client, half, first, Audience::Everyone);
}

/// Adds the command that passes a client's write half and first block to the client's writer.
pub(crate) fn push_join(
    batches: &mut OutgoingBatches,
    client: ClientId,
    half: WriteHalf,
    first: Block,
    audience: Audience,
) {
    let join = ClientCommand::Join {
        half,
        first,
        audience,
    };
    batches.push_command(client, join);
}
