//! The queue of a client that is behind.

pub mod dropping;
pub mod setup;

use std::collections::VecDeque;

use crate::server::delivery::backlog::{Backlog, WhenBehind};
use crate::server::delivery::block::Block;
use crate::server::delivery::queue::dropping::{Front, MIN_PRIVATE};

/// The waiting blocks of one client, up to a limit.
///
/// An empty queue accepts any block, even a very long line. One Ping and a last block always fit. Other blocks must fit
/// into the backlog. With [`WhenBehind::Drop`], lines always fit, and so do 64 KiB of answers.
#[derive(Debug)]
pub struct Queue {
    backlog: Backlog,
    /// The waiting Ping, if there is one. It is sent before everything else.
    ping: Option<Block>,
    /// The oldest private blocks, and the gaps where public blocks were dropped. All are older than `blocks`.
    front: VecDeque<Front>,
    /// All other blocks, in order.
    blocks: VecDeque<Block>,
    /// How many of `blocks` are public.
    public_blocks: usize,
    public_bytes: usize,
    private_bytes: usize,
    is_closed: bool,
}

/// The error of a queue that has no room for a block: the client is a slow consumer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Full;

impl Queue {
    /// Appends a block. With [`WhenBehind::Drop`], drops the oldest public blocks to make room.
    ///
    /// Blocks after a last block are dropped: nothing follows a Close (RFC 6455, section 5.5.1).
    ///
    /// # Errors
    /// [`Full`] if the block does not fit. It is then not queued. With [`WhenBehind::Drop`], a public block always fits.
    pub fn push(&mut self, block: Block) -> Result<(), Full> {
        if self.is_closed {
            return Ok(());
        }
        if !block.is_last && !self.has_room_for(&block) {
            return Err(Full);
        }
        self.is_closed = block.is_last;
        if block.is_public {
            self.public_blocks += 1;
            self.public_bytes += block.backlog_bytes();
        } else {
            self.private_bytes += block.backlog_bytes();
        }
        self.blocks.push_back(block);
        if self.backlog.when_full == WhenBehind::Drop && !self.is_closed {
            self.drop_surplus();
        }
        Ok(())
    }

    fn has_room_for(&self, block: &Block) -> bool {
        let (waiting, limit) = match self.backlog.when_full {
            WhenBehind::Disconnect => (self.total_bytes(), self.backlog.bytes),
            WhenBehind::Drop if block.is_public => return true,
            WhenBehind::Drop => (self.private_bytes, self.backlog.bytes.max(MIN_PRIVATE)),
        };
        waiting == 0 || waiting + block.backlog_bytes() <= limit
    }

    fn total_bytes(&self) -> usize {
        self.public_bytes + self.private_bytes
    }

    /// Takes the next block. In place of dropped blocks, returns a line that reports how many lines are gone.
    pub fn pop(&mut self) -> Option<Block> {
        if let Some(ping) = self.ping.take() {
            return Some(ping);
        }
        let block = match self.front.pop_front() {
            Some(Front::Gap { lines }) => return Some(dropping::gap_block(lines)),
            Some(Front::Block(block)) => block,
            None => self.blocks.pop_front()?,
        };
        if block.is_public {
            self.public_blocks -= 1;
            self.public_bytes -= block.backlog_bytes();
        } else {
            self.private_bytes -= block.backlog_bytes();
        }
        Some(block)
    }
}
