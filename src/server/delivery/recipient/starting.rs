//! How a client becomes a recipient.

use std::sync::Arc;

use crate::base::id::ClientId;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::Audience;
use crate::server::delivery::recipient::{Outbox, Recipient};
use crate::server::delivery::writer_state::WriterState;
use crate::server::net::write_half::WriteHalf;

/// The maximum length of a first block that the writer itself sends: 64 KiB. A longer one would fill much of a socket's
/// buffer, and other clients would wait while the kernel copies it.
const MAX_FIRST: usize = 64 * 1024;

impl Recipient {
    /// Makes a recipient with this write half, and sends `first` to it.
    pub fn start(
        id: ClientId,
        half: WriteHalf,
        first: Block,
        audience: Audience,
        state: &mut WriterState,
    ) -> Recipient {
        let mut recipient = Recipient {
            id,
            socket: Arc::clone(half.socket()),
            audience,
            has_left: false,
            outbox: Outbox::Closed,
        };
        if first.bytes.len() > MAX_FIRST {
            recipient.start_catch_up(half, first, None, state);
        } else {
            recipient.send_from(half, first, None, state);
        }
        recipient
    }
}
