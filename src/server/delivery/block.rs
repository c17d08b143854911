//! What goes out together to a client.

use tungstenite::Bytes;

use crate::base::frame;

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

    /// What the block counts against a backlog: its length + 64.
    pub fn cost(&self) -> usize {
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
