//! The numbers of the lines, and the lines that the room keeps.

pub mod chunk;
pub mod kept;
pub mod numbered_lines;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::server::room::history::chunk::Chunk;

/// The newest lines, each with its number in front. The numbers begin at 1 and grow by one.
#[derive(Debug)]
pub struct History {
    /// The chunks, oldest first, with no gap in the numbers. The first ones may hold lines that are not kept anymore.
    chunks: VecDeque<Arc<Chunk>>,
    /// The index of the first chunk that may hold a kept line.
    first_kept: usize,
    newest: u64,
    /// The number of the newest line that is not kept anymore, or 0.
    evicted_up_to: u64,
    /// The total length of the kept lines in bytes.
    bytes: usize,
    /// The newest number at the last call of [`History::release_held`].
    released_up_to: u64,
    max_lines: usize,
}

impl History {
    /// Puts the next number in front of `what`, keeps the resulting line, and returns it: `NUMBER SPACE WHAT`.
    pub fn append(&mut self, what: fmt::Arguments<'_>) -> &str {
        let number = self.newest + 1;
        self.newest = number;
        self.keep(format_args!("{number} {what}"))
    }
}
