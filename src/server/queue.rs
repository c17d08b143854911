//! What waits in a writer for a client that is behind.

use std::collections::VecDeque;

use tungstenite::Bytes;

/// Bytes that go out together: whole frames, or the answer to an upgrade and the frames after it.
#[derive(Clone, Debug)]
pub struct Block {
    /// The bytes, shared by all who get them.
    pub bytes: Bytes,
    /// Whether nothing may follow it: it ends with a Close, or it is an answer that refuses.
    pub is_last: bool,
}

impl Block {
    /// A block after which others may come.
    pub fn new(bytes: Bytes) -> Block {
        Block {
            bytes,
            is_last: false,
        }
    }

    /// The last block of a client.
    pub fn last(bytes: Bytes) -> Block {
        Block {
            bytes,
            is_last: true,
        }
    }

    /// What is left of the block after so many bytes.
    pub fn after(&self, sent: usize) -> Block {
        Block {
            bytes: self.bytes.slice(sent.min(self.bytes.len())..),
            is_last: self.is_last,
        }
    }
}

/// What a block costs beyond its bytes: its place in the queue and the count of those who share it.
const COST_OF_A_BLOCK: usize = 64;

/// The blocks of one client that no send has begun yet, and a bound on them.
#[derive(Debug)]
pub struct Queue {
    blocks: VecDeque<Block>,
    cost: usize,
    max_cost: usize,
    is_closed: bool,
}

/// The queue has no room for the block: the client is too slow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Full;

impl Queue {
    /// An empty queue that takes so many bytes, each block counted as its length + 64.
    pub fn new(backlog: usize) -> Queue {
        Queue {
            blocks: VecDeque::new(),
            cost: 0,
            max_cost: backlog,
            is_closed: false,
        }
    }

    /// Puts a block behind the others. What comes after the last block of a client is dropped: nothing may follow a Close
    /// (RFC 6455, section 5.5.1). The last block itself always finds room.
    ///
    /// # Errors
    /// [`Full`] if the block does not fit; it is not in the queue then.
    pub fn push(&mut self, block: Block) -> Result<(), Full> {
        if self.is_closed {
            return Ok(());
        }
        let cost = self.cost + block.bytes.len() + COST_OF_A_BLOCK;
        if cost > self.max_cost && !block.is_last {
            return Err(Full);
        }
        self.cost = cost;
        self.is_closed = block.is_last;
        self.blocks.push_back(block);
        Ok(())
    }

    /// Puts a Ping in front of the others, so that it measures the peer and not the queue. No limit counts for it: there
    /// is at most one for each half of the idle timeout.
    pub fn push_ping(&mut self, ping: Block) {
        if !self.is_closed {
            self.cost += ping.bytes.len() + COST_OF_A_BLOCK;
            self.blocks.push_front(ping);
        }
    }

    /// Takes the oldest block out.
    pub fn pop(&mut self) -> Option<Block> {
        let block = self.blocks.pop_front()?;
        self.cost = self
            .cost
            .saturating_sub(block.bytes.len() + COST_OF_A_BLOCK);
        Some(block)
    }

    /// Drops everything for a last word.
    pub fn replace_with(&mut self, last: Block) {
        self.blocks.clear();
        self.blocks.push_back(last);
        self.is_closed = true;
    }
}
