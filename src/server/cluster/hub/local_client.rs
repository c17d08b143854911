//! Tracks how many entries a client of this server waits for.

use std::collections::VecDeque;
use std::mem;
use std::time::Instant;

use crossbeam_channel::Sender;

use crate::server::delivery::block::Block;
use crate::server::http::route::Upgrade;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::history::numbered_lines::NumberedLines;

/// The maximum number of a client's blocks that wait for entries: 16. One more block replaces the oldest. Only Pongs
/// can be that numerous, and a client needs only the last one (RFC 6455, section 5.5.3).
const MAX_HELD_BLOCKS: usize = 16;

/// A client of this server. It has published entries, or is about to.
///
/// A private block waits for the entries that its connection published earlier. So a Pong proves, as with a single
/// server, that the room has everything that the client sent before its Ping.
#[derive(Debug, Default)]
pub struct LocalClient {
    /// How many entries the client's WebSocket has published or is about to publish.
    expected: u64,
    /// How many of the expected entries have come back from the log.
    confirmed: u64,
    /// The client's write half and its upgrade request, while the client waits for its join entry.
    joining: Option<(WriteHalf, Box<Upgrade>)>,
    /// Whether the client is a member. If it is, its writer owns its write half.
    is_member: bool,
    posting: Option<Sender<Option<NumberedLines>>>,
    held: VecDeque<HeldBlock>,
    /// When the hub stops waiting for a leaving client's entries. `None` until the client's connection ends.
    leave_deadline: Option<Instant>,
}

/// A block that waits until `after` entries of its client have come back.
#[derive(Debug)]
struct HeldBlock {
    after: u64,
    block: Block,
}

impl LocalClient {
    /// Counts an entry that the client's connection is about to publish.
    pub fn expect(&mut self) {
        self.expected += 1;
    }

    /// Stores the write half and the request of a client that is joining, and counts its join entry as expected.
    pub fn join(&mut self, half: WriteHalf, upgrade: Box<Upgrade>) {
        self.expect();
        self.joining = Some((half, upgrade));
    }

    /// If the client is joining, makes it a member, and returns its write half and request. Otherwise returns `None`.
    pub fn admit(&mut self) -> Option<(WriteHalf, Box<Upgrade>)> {
        self.is_member |= self.joining.is_some();
        self.joining.take()
    }

    /// Stops waiting for the client's entries. If the client was joining, returns its write half and its request.
    pub fn withdraw(&mut self) -> Option<(WriteHalf, Box<Upgrade>)> {
        self.confirmed = self.expected;
        self.joining.take()
    }

    /// Returns the client's request to join, or `None` if the client is not joining.
    pub fn upgrade(&self) -> Option<&Upgrade> {
        self.joining.as_ref().map(|(_, upgrade)| &**upgrade)
    }

    /// Stores the channel to the connection that waits for the receipt of a POST.
    pub fn post(&mut self, reply: Sender<Option<NumberedLines>>) {
        self.posting = Some(reply);
    }

    /// Takes the channel that [`LocalClient::post`] stored. Returns `None` if no POST waits for a receipt.
    pub fn take_post(&mut self) -> Option<Sender<Option<NumberedLines>>> {
        self.posting.take()
    }

    /// Counts one entry of the client's WebSocket as returned.
    pub fn confirm(&mut self) {
        self.confirmed += 1;
    }

    /// Returns whether all entries of the client's WebSocket have come back from the log. A POST is not counted.
    pub fn is_settled(&self) -> bool {
        self.confirmed >= self.expected
    }

    /// Returns whether the client waits for nothing and is not a member. An HTTP client is idle after its POST.
    pub fn is_idle(&self) -> bool {
        self.is_settled() && !self.is_member && self.joining.is_none() && self.posting.is_none()
    }

    /// Holds a block until all entries expected so far have come back. If too many blocks are held, drops the oldest.
    pub fn hold_block(&mut self, block: Block) {
        if self.held.len() >= MAX_HELD_BLOCKS {
            self.held.pop_front();
        }
        let after = self.expected;
        self.held.push_back(HeldBlock { after, block });
    }

    /// Returns whether a block is held.
    pub fn has_held_blocks(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes the oldest held block. Returns `None` if there is none, or if the entries before it have not come back.
    pub fn next_block(&mut self) -> Option<Block> {
        let is_due = self.held.front()?.after <= self.confirmed;
        if is_due {
            self.held.pop_front().map(|held| held.block)
        } else {
            None
        }
    }

    /// Marks that the client's connection has ended. The wait for its entries expires at `deadline`.
    pub fn begin_leaving(&mut self, deadline: Instant) {
        self.leave_deadline = Some(deadline);
    }

    /// Returns whether the client's connection has ended.
    pub fn is_leaving(&self) -> bool {
        self.leave_deadline.is_some()
    }

    /// Returns whether the connection has ended, and all entries of the client have come back or are overdue at `now`.
    pub fn can_be_released(&self, now: Instant) -> bool {
        self.leave_deadline
            .is_some_and(|deadline| self.is_settled() || deadline <= now)
    }

    /// Returns whether the client has published nothing over a WebSocket. An HTTP-only client never sends a Leave.
    pub fn is_http(&self) -> bool {
        self.expected == 0
    }

    /// Returns whether the client is a member.
    pub fn is_member(&self) -> bool {
        self.is_member
    }

    /// Replaces this state with a state that waits for nothing, and returns the old state.
    ///
    /// The new state keeps the count of a WebSocket's entries, so that the hub still publishes the client's Leave.
    pub fn take_pending(&mut self) -> LocalClient {
        let left = LocalClient {
            expected: self.expected,
            confirmed: self.expected,
            leave_deadline: self.leave_deadline,
            ..LocalClient::default()
        };
        mem::replace(self, left)
    }
}

#[cfg(test)]
mod tests {
    use crate::server::cluster::hub::local_client::LocalClient;

    #[test]
    fn websocket_stays_a_websocket_when_its_room_is_lost_twice() {
        let mut client = LocalClient::default();
        assert!(client.is_http());
        client.expect();
        for _ in 0..2 {
            assert!(!client.take_pending().is_http());
            assert!(client.is_idle());
        }
    }
}
