//! What leaves a queue without being sent, and what goes ahead of it.

use crate::base::frame::single;
use crate::base::gap;
use crate::server::delivery::block::Block;
use crate::server::delivery::queue::Queue;

/// How much of a client's own blocks may wait if lines are dropped and the backlog is smaller: 64 KiB.
///
/// Answers are never dropped, because their client takes them for proof. This bounds a client that asks for more answers
/// than it reads. It does not depend on the lines: a small backlog costs a client lines and nothing else.
pub(super) const MIN_PRIVATE: usize = 64 * 1024;

/// What stands before the oldest public block.
#[derive(Debug)]
pub(super) enum Ahead {
    /// A private block.
    Block(Block),
    /// Dropped public blocks.
    Gap {
        /// How many numbered lines they had.
        lines: u64,
    },
}

/// Makes the block that says how many lines are gone.
pub(super) fn gap_block(lines: u64) -> Block {
    Block::new(single::text(&gap::sentence(lines)))
}

impl Queue {
    /// Drops the oldest public blocks until the queue fits the backlog. The newest one stays, however long it is.
    pub(super) fn drop_surplus(&mut self) {
        while self.cost() > self.backlog.bytes && self.public_blocks > 1 {
            self.drop_oldest_public();
        }
    }

    /// Replaces the oldest public block by a gap. Each block moves once, so a push costs the same however much waits.
    fn drop_oldest_public(&mut self) {
        while let Some(block) = self.blocks.pop_front() {
            if !block.is_public {
                self.ahead.push_back(Ahead::Block(block));
                continue;
            }
            self.public_blocks -= 1;
            self.public_cost -= block.cost();
            let dropped = block.lines as u64;
            match self.ahead.back_mut() {
                Some(Ahead::Gap { lines }) => *lines += dropped,
                _ => self.ahead.push_back(Ahead::Gap { lines: dropped }),
            }
            return;
        }
    }

    /// Puts a Ping first, so that it measures the peer and not the queue. A second Ping replaces the first.
    pub fn push_ping(&mut self, ping: Block) {
        if !self.is_closed {
            self.ping = Some(ping);
        }
    }

    /// Replaces everything by a last block.
    pub fn replace_with(&mut self, last: Block) {
        *self = Queue::new(self.backlog);
        self.private_cost = last.cost();
        self.blocks.push_back(last);
        self.is_closed = true;
    }
}
