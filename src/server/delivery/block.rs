//! Bytes that are sent together.

use tungstenite::Bytes;

/// The overhead of a block in memory: its place in the queue and its reference count.
const OVERHEAD: usize = 64;

/// Whole frames, or an HTTP response and the frames after it, or what is left of these. Clones share the bytes.
#[derive(Clone, Debug)]
pub struct Block {
    /// The bytes.
    pub bytes: Bytes,
    /// Whether nothing may follow: the block ends with a Close, is an error response, or is empty.
    pub is_last: bool,
    /// Whether all members receive it. Only a public block may be dropped to make room, because no client waits for it.
    pub is_public: bool,
    /// How many numbered lines it holds.
    pub lines: usize,
}

impl Block {
    /// Makes a block for one client.
    pub fn new(bytes: Bytes) -> Block {
        Block {
            bytes,
            is_last: false,
            is_public: false,
            lines: 0,
        }
    }

    /// Makes a block for all members, with a frame for each of its `lines`.
    pub fn public(bytes: Bytes, lines: usize) -> Block {
        Block {
            is_public: true,
            lines,
            ..Block::new(bytes)
        }
    }

    /// Makes the last block of a client.
    pub fn last(bytes: Bytes) -> Block {
        Block {
            is_last: true,
            ..Block::new(bytes)
        }
    }

    /// Returns what the block adds to a backlog: its length + 64.
    pub fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }

    /// Returns what is left of the block after `sent` bytes.
    pub fn after(&self, sent: usize) -> Block {
        Block {
            bytes: self.bytes.slice(sent.min(self.bytes.len())..),
            ..*self
        }
    }
}
