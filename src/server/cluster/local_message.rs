//! What the hub of a cluster receives from the connections of its own server.

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::server::http::route::Upgrade;
use crate::server::hub::messages::HubMessage;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::history::numbered_lines::NumberedLines;

/// A message from a connection of this server.
#[derive(Debug)]
#[allow(missing_docs, reason = "the types of the fields explain them")]
pub enum LocalMessage {
    /// The connection of this client is about to publish an entry.
    ExpectEntry(ClientId),
    /// A WebSocket waits for its join entry.
    Join {
        client: ClientId,
        half: WriteHalf,
        upgrade: Box<Upgrade>,
    },
    /// A WebSocket hung up before its join entry was published, so the hub must not wait for that entry.
    WithdrawJoin(ClientId),
    /// A POST waits for the entry with its lines.
    Post {
        client: ClientId,
        reply: Sender<Option<NumberedLines>>,
    },
    /// A message for which the connection publishes no entry.
    Other(HubMessage),
}
