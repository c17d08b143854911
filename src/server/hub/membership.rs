//! How clients come and go, and all other messages that are not lines.

use std::time::Instant;

use crate::base::frame::encode;
use crate::base::id::ClientId;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::{Audience, ClientCommand};
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::route::Upgrade;
use crate::server::hub::Hub;
use crate::server::hub::messages::HubMessage;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;

impl Hub {
    /// Handles a message that says nothing in the room.
    pub(super) fn handle_other(&mut self, message: HubMessage) {
        match message {
            // The server stops, and each client has had its last block.
            HubMessage::Say { .. } => {}
            HubMessage::Private { client, block } => self.batches.put_private(client, block),
            HubMessage::Ping(client) => self.batches.put(client, ClientCommand::Ping),
            HubMessage::Join {
                client,
                half,
                upgrade,
            } => self.join(client, half, *upgrade),
            // The reply channel is dropped: this says that the server stops.
            HubMessage::Http { .. } if self.is_stopping => {}
            HubMessage::Http { client, request } => {
                self.long_polls
                    .answer(client, request, &mut self.room, &mut self.batches);
            }
            HubMessage::Leave(client) => self.leave(client),
            HubMessage::Stop => self.stop(),
        }
    }

    /// Adds a client to the room, unless it is an echo. Its first block begins with the response to its upgrade.
    ///
    /// A client that has received its 101 is already a member, so it misses nothing.
    fn join(&mut self, client: ClientId, half: WriteHalf, upgrade: Upgrade) {
        if self.is_stopping {
            return self.turn_away(client, half);
        }
        self.batches.flush_block();
        let (mut bytes, mut lines) = (upgrade.switching.to_vec(), 0);
        let mut audience = Audience::Itself;
        if let Some(request) = upgrade.asked {
            let now = Instant::now();
            let joined = self.room.join(client, request, now, &mut self.batches);
            for line in &joined.greeting {
                encode::append_text(&mut bytes, line);
            }
            // Whole chunks at a time: encoding each line again would delay the other clients.
            for part in joined.past.parts() {
                bytes.extend_from_slice(part.frames());
            }
            lines = joined.past.len();
            audience = Audience::Everyone;
            if let Some(client) = joined.replaced {
                let replaced = ClientCommand::Disconnect(DisconnectReason::Replaced);
                self.batches.put(client, replaced);
            }
        }
        let first = Block {
            lines,
            ..Block::new(bytes.into())
        };
        self.put_join(client, half, first, audience);
    }

    /// Answers a Join that comes after the Stop with a 503.
    fn turn_away(&mut self, client: ClientId, half: WriteHalf) {
        // The reason is set before a writer ends the socket. This is no I/O.
        half.socket()
            .set_disconnect_reason(DisconnectReason::ShuttingDown);
        let response = ErrorResponse::stopping();
        half.socket().counters().count_refusal(response.status);
        let first = Block::last(response.to_bytes().into());
        self.put_join(client, half, first, Audience::Itself);
    }

    fn put_join(&mut self, client: ClientId, half: WriteHalf, first: Block, audience: Audience) {
        let join = ClientCommand::Join {
            half,
            first,
            audience,
        };
        self.batches.put(client, join);
    }

    /// Removes a client. The lines so far are flushed first: it still gets them, but not the notice of its leaving.
    fn leave(&mut self, client: ClientId) {
        self.batches.flush_block();
        self.batches.put(client, ClientCommand::Leave);
        self.room.leave(client, Instant::now(), &mut self.batches);
    }

    /// Gives each client its last block, behind all that was said earlier.
    fn stop(&mut self) {
        self.is_stopping = true;
        self.long_polls.drop_all();
        self.batches.put_stop();
    }
}
