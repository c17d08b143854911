//! Bytes that are sent together.

use tungstenite::Bytes;

/// The memory overhead of a block, in bytes: its place in the queue and its reference count.
const OVERHEAD: usize = 64;

/// Whole frames, or an HTTP response and the frames after it, or the unsent rest of either. Clones share the bytes.
#[derive(Clone, Debug)]
pub struct Block {
    /// The encoded frames, or the bytes of the response.
    pub bytes: Bytes,
    /// Whether this is the client's last block: it ends with a Close, is an error response, or is empty.
    pub is_last: bool,
    /// Whether all members receive this block. Only public blocks are dropped to make room: a gap reports their lines.
    pub is_public: bool,
    /// How many numbered lines this block holds. They count as delivered when the whole block is sent.
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

    /// Makes a block for all members. `bytes` holds one frame for each of the `lines` lines.
    pub fn public(bytes: Bytes, lines: usize) -> Block {
        Block {
            is_public: true,
            lines,
            ..Block::new(bytes)
        }
    }

    /// Makes a block after which its client receives nothing more.
    pub fn last(bytes: Bytes) -> Block {
        Block {
            is_last: true,
            ..Block::new(bytes)
        }
    }

    /// Returns how many bytes of the backlog the block uses: its length plus 64.
    pub fn backlog_bytes(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }

    /// Returns the rest of the block after its first `sent` bytes.
    pub fn after(&self, sent: usize) -> Block {
        Block {
            bytes: self.bytes.slice(sent.min(self.bytes.len())..),
            ..*self
        }
    }
}
