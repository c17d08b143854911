//! Drops blocks from a queue, puts a Ping first, or replaces all blocks with a last one.

use crate::base::frame::single;
use crate::base::gap;
use crate::server::delivery::block::Block;
use crate::server::delivery::queue::Queue;

/// The minimum room for a client's private blocks with
/// [`WhenBehind::Drop`](crate::server::delivery::backlog::WhenBehind::Drop), however small the backlog is: 64 KiB.
///
/// Answers are never dropped: they prove to a client that its lines arrived. A client that requests more answers than it reads is
/// disconnected. Lines do not use this room, so a slow client with a small backlog loses lines, not its connection.
pub(super) const MIN_PRIVATE: usize = 64 * 1024;

/// An item that is sent before the oldest public block.
#[derive(Debug)]
pub(super) enum Front {
    /// A private block.
    Block(Block),
    /// A gap, where public blocks were dropped.
    Gap {
        /// How many numbered lines the dropped blocks had.
        lines: u64,
    },
}

/// Makes the block that reports how many lines are gone.
pub(super) fn gap_block(lines: u64) -> Block {
    Block::new(single::text(&gap::notice(lines)))
}

impl Queue {
    /// Drops the oldest public blocks until the queue fits the backlog. The newest public block always stays.
    pub(super) fn drop_surplus(&mut self) {
        while self.total_bytes() > self.backlog.bytes && self.public_blocks > 1 {
            self.drop_oldest_public();
        }
    }

    /// Replaces the oldest public block with a gap, and moves the private blocks before it to `front`. Each block moves
    /// at most once, so the average cost of a push does not depend on the length of the queue.
    fn drop_oldest_public(&mut self) {
        while let Some(block) = self.blocks.pop_front() {
            if !block.is_public {
                self.front.push_back(Front::Block(block));
                continue;
            }
            self.public_blocks -= 1;
            self.public_bytes -= block.backlog_bytes();
            let dropped = block.lines as u64;
            match self.front.back_mut() {
                Some(Front::Gap { lines }) => *lines += dropped,
                _ => self.front.push_back(Front::Gap { lines: dropped }),
            }
            return;
        }
    }

    /// Puts a Ping first, so that its Pong does not wait for the queue. A second Ping replaces the first.
    pub fn push_ping(&mut self, ping: Block) {
        if !self.is_closed {
            self.ping = Some(ping);
        }
    }

    /// Replaces everything in the queue with a last block.
    pub fn replace_with(&mut self, last: Block) {
        *self = Queue::new(self.backlog);
        self.private_bytes = last.backlog_bytes();
        self.blocks.push_back(last);
        self.is_closed = true;
    }
}
