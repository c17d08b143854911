//! What waits in a writer for a client that is behind.

use std::collections::VecDeque;

use clap::ValueEnum;
use tungstenite::Bytes;

use crate::frame;

/// Bytes that go out together: whole frames, or the answer to an upgrade and the frames after it.
#[derive(Clone, Debug)]
pub struct Block {
    /// The bytes, shared by all who get them.
    pub bytes: Bytes,
    /// Whether nothing may follow it: it ends with a Close, or it is an answer that refuses.
    pub is_last: bool,
    /// Whether it is for everyone. Only such a block may be dropped for one who is behind: nobody waits for its answer.
    pub is_public: bool,
    /// How many numbered lines it has, for those who count what is delivered.
    pub lines: usize,
}

impl Block {
    /// A block for one client, after which others may come.
    pub fn new(bytes: Bytes) -> Block {
        Block {
            bytes,
            is_last: false,
            is_public: false,
            lines: 0,
        }
    }

    /// A block for everyone: frames of a line each.
    pub fn public(bytes: Bytes) -> Block {
        Block {
            is_last: false,
            is_public: true,
            lines: frame::count(&bytes),
            bytes,
        }
    }

    /// The last block of a client.
    pub fn last(bytes: Bytes) -> Block {
        Block {
            bytes,
            is_last: true,
            is_public: false,
            lines: 0,
        }
    }

    /// The same with so many numbered lines in it.
    pub fn with_lines(self, lines: usize) -> Block {
        Block { lines, ..self }
    }

    fn cost(&self) -> usize {
        self.bytes.len() + COST_OF_A_BLOCK
    }

    /// What is left of the block after so many bytes.
    pub fn after(&self, sent: usize) -> Block {
        Block {
            bytes: self.bytes.slice(sent.min(self.bytes.len())..),
            ..*self
        }
    }
}

/// What a block costs beyond its bytes: its place in the queue and the count of those who share it.
const COST_OF_A_BLOCK: usize = 64;

/// How much may wait for one client, and what becomes of it if more would.
#[derive(Clone, Copy, Debug)]
pub struct Backlog {
    /// In bytes, each block counted as its length + 64.
    pub bytes: usize,
    /// Whether the client goes or the oldest public blocks do.
    pub when_full: WhenBehind,
}

/// What becomes of a client whose backlog is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum WhenBehind {
    /// It gets Close 1008: for a chat, where a line that is missing is worse than a reconnect.
    Disconnect,
    /// It loses the oldest of what waits: for a live stream, where what is late is worth nothing.
    Drop,
}

/// The blocks of one client that no send has begun yet, and a bound on them.
#[derive(Debug)]
pub struct Queue {
    blocks: VecDeque<Block>,
    cost: usize,
    backlog: Backlog,
    is_closed: bool,
}

/// The queue has no room for the block: the client is too slow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Full;

impl Queue {
    /// An empty queue.
    pub fn new(backlog: Backlog) -> Queue {
        Queue {
            blocks: VecDeque::new(),
            cost: 0,
            backlog,
            is_closed: false,
        }
    }

    /// Puts a block behind the others, and drops the oldest public ones for it if that is the policy. What comes after the
    /// last block of a client is dropped: nothing may follow a Close (RFC 6455, section 5.5.1). The last block itself
    /// always finds room.
    ///
    /// # Errors
    /// [`Full`] if the block does not fit; it is not in the queue then.
    pub fn push(&mut self, block: Block) -> Result<(), Full> {
        if self.is_closed {
            return Ok(());
        }
        let is_last = block.is_last;
        self.cost += block.cost();
        self.blocks.push_back(block);
        while self.cost > self.backlog.bytes && !is_last {
            if self.backlog.when_full == WhenBehind::Disconnect || !self.drop_oldest_public() {
                self.cost -= self.blocks.pop_back().map_or(0, |block| block.cost());
                return Err(Full);
            }
        }
        self.is_closed = is_last;
        Ok(())
    }

    fn drop_oldest_public(&mut self) -> bool {
        let oldest = self.blocks.iter().position(|block| block.is_public);
        let dropped = oldest.and_then(|oldest| self.blocks.remove(oldest));
        self.cost -= dropped.as_ref().map_or(0, Block::cost);
        dropped.is_some()
    }

    /// Puts a Ping in front of the others, so that it measures the peer and not the queue. No limit counts for it: there
    /// is at most one for each half of the idle timeout.
    pub fn push_ping(&mut self, ping: Block) {
        if !self.is_closed {
            self.cost += ping.cost();
            self.blocks.push_front(ping);
        }
    }

    /// Takes the oldest block out.
    pub fn pop(&mut self) -> Option<Block> {
        let block = self.blocks.pop_front()?;
        self.cost -= block.cost();
        Some(block)
    }

    /// Drops everything for a last word.
    pub fn replace_with(&mut self, last: Block) {
        self.blocks.clear();
        self.cost = last.cost();
        self.blocks.push_back(last);
        self.is_closed = true;
    }
}
