//! What waits in a writer for a client that is behind.

use std::collections::VecDeque;

use clap::ValueEnum;

use crate::base::{frame, gap};
pub use crate::server::delivery::block::Block;

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
    /// It loses the oldest lines that wait, and a line in their place tells how many: for a live stream, where what is
    /// late is worth nothing.
    Drop,
}

/// How much may wait for one client of what is for it alone, if lines are dropped and the backlog is smaller: 64 KiB.
///
/// Answers are never dropped, because their reader takes them for proof. So this is the bound for a client that asks for
/// more answers than it reads. It does not depend on the lines: a small backlog costs a client lines and nothing else.
const MIN_PRIVATE: usize = 64 * 1024;

/// The blocks of one client that no send has begun yet, and a bound on them.
///
/// A single block always finds room, however long it is: a long line does not make a client slow. One Ping and the last
/// block of a client find room too. So at most the backlog, one block and these two wait for a client.
#[derive(Debug)]
pub struct Queue {
    backlog: Backlog,
    /// A Ping, which goes first.
    ping: Option<Block>,
    /// What is ahead of the oldest public block that waits: private blocks, and the gaps where public ones were.
    ahead: VecDeque<Waiting>,
    /// The blocks behind that, in their order.
    blocks: VecDeque<Block>,
    /// How many of `blocks` are public.
    public_blocks: usize,
    public_cost: usize,
    private_cost: usize,
    is_closed: bool,
}

#[derive(Debug)]
enum Waiting {
    Block(Block),
    /// So many numbered lines were dropped here.
    Gap(u64),
}

/// The queue has no room for the block: the client is too slow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Full;

impl Queue {
    /// An empty queue.
    pub fn new(backlog: Backlog) -> Queue {
        Queue {
            backlog,
            ping: None,
            ahead: VecDeque::new(),
            blocks: VecDeque::new(),
            public_blocks: 0,
            public_cost: 0,
            private_cost: 0,
            is_closed: false,
        }
    }

    /// Puts a block behind the others, and drops the oldest public ones for it if that is the policy.
    ///
    /// What comes after the last block of a client is dropped: nothing may follow a Close (RFC 6455, section 5.5.1). The
    /// last block itself always finds room.
    ///
    /// # Errors
    /// [`Full`] if the block does not fit; it is not in the queue then. With [`WhenBehind::Drop`] a public block always fits.
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
            self.public_cost += block.cost();
        } else {
            self.private_cost += block.cost();
        }
        self.blocks.push_back(block);
        if self.backlog.when_full == WhenBehind::Drop && !self.is_closed {
            // The newest public block stays, even if it is longer than all that may wait.
            while self.cost() > self.backlog.bytes && self.public_blocks > 1 {
                self.drop_oldest_public();
            }
        }
        Ok(())
    }

    fn has_room_for(&self, block: &Block) -> bool {
        let (waiting, most) = match self.backlog.when_full {
            WhenBehind::Disconnect => (self.cost(), self.backlog.bytes),
            WhenBehind::Drop if block.is_public => return true,
            WhenBehind::Drop => (self.private_cost, self.backlog.bytes.max(MIN_PRIVATE)),
        };
        waiting == 0 || waiting + block.cost() <= most
    }

    fn cost(&self) -> usize {
        self.public_cost + self.private_cost
    }

    /// Puts a gap in the place of the oldest public block. Each block passes here once, so that the writer's work for a
    /// block does not depend on how much waits.
    fn drop_oldest_public(&mut self) {
        while let Some(block) = self.blocks.pop_front() {
            if !block.is_public {
                self.ahead.push_back(Waiting::Block(block));
                continue;
            }
            self.public_blocks -= 1;
            self.public_cost -= block.cost();
            let lines = block.lines as u64;
            match self.ahead.back_mut() {
                Some(Waiting::Gap(before)) => *before += lines,
                _ => self.ahead.push_back(Waiting::Gap(lines)),
            }
            return;
        }
    }

    /// Puts a Ping in front of the others, so that it measures the peer and not the queue. No limit counts for it: only one
    /// waits at a time, because a second one would ask the same.
    pub fn push_ping(&mut self, ping: Block) {
        if !self.is_closed {
            self.ping = Some(ping);
        }
    }

    /// Takes the oldest block out. Where blocks were dropped, it is a line that tells how many lines they had.
    pub fn pop(&mut self) -> Option<Block> {
        if let Some(ping) = self.ping.take() {
            return Some(ping);
        }
        let block = match self.ahead.pop_front() {
            Some(Waiting::Gap(lines)) => {
                return Some(Block::new(frame::text(&gap::sentence(lines))));
            }
            Some(Waiting::Block(block)) => block,
            None => self.blocks.pop_front()?,
        };
        if block.is_public {
            self.public_blocks -= 1;
            self.public_cost -= block.cost();
        } else {
            self.private_cost -= block.cost();
        }
        Some(block)
    }

    /// Drops everything for a last word.
    pub fn replace_with(&mut self, last: Block) {
        *self = Queue::new(self.backlog);
        self.private_cost = last.cost();
        self.blocks.push_back(last);
        self.is_closed = true;
    }
}
