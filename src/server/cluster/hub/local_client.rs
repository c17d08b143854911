//! Tracks how many entries a client of this server waits for.

use std::collections::VecDeque;
use std::mem;
use std::time::Instant;

use crossbeam_channel::Sender;

use crate::server::delivery::block::Block;
use crate::server::http::route::Upgrade;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::history::numbered_lines::NumberedLines;

/// How many of a client's blocks may wait for entries: 16. Beyond that, the oldest block is dropped. Only Pongs can be
/// that numerous, and a client needs only the last one (RFC 6455, section 5.5.3).
const MAX_HELD_BLOCKS: usize = 16;

/// A client of this server that has published an entry.
///
/// A private block waits for the entries that its connection published earlier. So a Pong proves, as with a single
/// server, that the room has everything that the client sent before its Ping.
#[derive(Debug, Default)]
pub struct LocalClient {
    /// How many entries its WebSocket has published.
    expected: u64,
    /// How many of them have come back.
    confirmed: u64,
    /// Its write half and its request, until the client is a member.
    joining: Option<(WriteHalf, Box<Upgrade>)>,
    /// Whether the client is a member. Its writer then owns its write half.
    is_member: bool,
    posting: Option<Sender<Option<NumberedLines>>>,
    held: VecDeque<HeldBlock>,
    /// When the client's wait for its entries expires. `None` until its connection ends.
    leave_deadline: Option<Instant>,
}

/// A block that waits until `after` entries of its client have come back.
#[derive(Debug)]
struct HeldBlock {
    after: u64,
    block: Block,
}

impl LocalClient {
    /// Counts an entry that the connection is about to publish.
    pub fn expect(&mut self) {
        self.expected += 1;
    }

    /// Holds the write half of a client that has asked to join.
    pub fn join(&mut self, half: WriteHalf, upgrade: Box<Upgrade>) {
        self.expect();
        self.joining = Some((half, upgrade));
    }

    /// Makes the client a member if it has asked to join. Returns its write half and its request, or else `None`.
    pub fn admit(&mut self) -> Option<(WriteHalf, Box<Upgrade>)> {
        self.is_member |= self.joining.is_some();
        self.joining.take()
    }

    /// Stops waiting for the client's entries. Returns its write half and its request if it was joining.
    pub fn withdraw(&mut self) -> Option<(WriteHalf, Box<Upgrade>)> {
        self.confirmed = self.expected;
        self.joining.take()
    }

    /// Returns the client's request to join, or `None` if the client is not joining.
    pub fn upgrade(&self) -> Option<&Upgrade> {
        self.joining.as_ref().map(|(_, upgrade)| &**upgrade)
    }

    /// Holds the channel for a receipt.
    pub fn post(&mut self, reply: Sender<Option<NumberedLines>>) {
        self.posting = Some(reply);
    }

    /// Takes the channel for a receipt, or returns `None` if there is none.
    pub fn take_post(&mut self) -> Option<Sender<Option<NumberedLines>>> {
        self.posting.take()
    }

    /// Counts an entry that has come back.
    pub fn confirm(&mut self) {
        self.confirmed += 1;
    }

    /// Returns whether all of the client's entries have come back.
    pub fn is_settled(&self) -> bool {
        self.confirmed >= self.expected
    }

    /// Returns whether the client waits for nothing and is not a member, as after a request over HTTP.
    pub fn is_idle(&self) -> bool {
        self.is_settled() && !self.is_member && self.joining.is_none() && self.posting.is_none()
    }

    /// Holds a block until the entries published so far have come back.
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

    /// Takes the next block, if the entries that it waits for have come back.
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

    /// Returns whether the client's connection has ended, and either its entries have come back or its wait has expired.
    pub fn can_be_released(&self, now: Instant) -> bool {
        self.leave_deadline
            .is_some_and(|deadline| self.is_settled() || deadline <= now)
    }

    /// Returns whether the client has published nothing over a WebSocket. Such a client never sends a Leave.
    pub fn is_http(&self) -> bool {
        self.expected == 0
    }

    /// Returns whether the client is a member.
    pub fn is_member(&self) -> bool {
        self.is_member
    }

    /// Replaces the client with one that waits for nothing, and returns the old one.
    ///
    /// The new one still knows that a WebSocket has published entries, so its Leave will be published, too.
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
