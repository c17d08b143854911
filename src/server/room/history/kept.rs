//! Which lines are kept, and how they are read.
//!
//! Readers share the chunks that hold the lines, so a fetch copies no line. It costs two binary searches and one step
//! per chunk. Kept lines are in at most (kept lines / [`chunk::MAX_LINES`]) + ([`MAX_BYTES`] / [`chunk::MAX_BYTES`]) +
//! 2 chunks.
//!
//! [`chunk::MAX_LINES`]: crate::server::room::history::chunk::MAX_LINES
//! [`chunk::MAX_BYTES`]: crate::server::room::history::chunk::MAX_BYTES

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::server::room::history::History;
use crate::server::room::history::chunk::Chunk;
use crate::server::room::history::numbered_lines::NumberedLines;

/// The maximum size of the kept lines: 1 MiB.
pub const MAX_BYTES: usize = 1024 * 1024;

impl History {
    /// Makes an empty history that keeps at most `max_lines` lines, and at most [`MAX_BYTES`] bytes.
    pub fn new(max_lines: usize) -> History {
        History {
            chunks: VecDeque::new(),
            first_kept: 0,
            newest: 0,
            evicted_up_to: 0,
            bytes: 0,
            released_up_to: 0,
            max_lines,
        }
    }

    /// Restores the lines of an earlier run. `first` is the number of the oldest line. The history must be empty.
    pub(in crate::server::room) fn restore(&mut self, first: u64, lines: &[String]) {
        self.newest = first.saturating_sub(1);
        self.evicted_up_to = self.newest;
        for line in lines {
            self.newest += 1;
            self.keep(format_args!("{line}"));
        }
        self.release_held();
    }

    /// Stores `line` as the line with the number `newest`, and returns it. Evicts the oldest lines to meet the limits.
    pub(super) fn keep(&mut self, line: fmt::Arguments<'_>) -> &str {
        if self.chunks.back().is_none_or(|chunk| chunk.is_full()) {
            self.chunks.push_back(Arc::new(Chunk::new(self.newest)));
        }
        if let Some(chunk) = self.chunks.back_mut() {
            // `make_mut` copies a chunk that a reader shares. This is cheap, because a chunk that is not full is small.
            self.bytes += Arc::make_mut(chunk).push(line);
        }
        self.trim();
        self.chunks.back().map_or("", |chunk| chunk.last_line())
    }

    /// Evicts the oldest kept lines until the limits are met.
    ///
    /// This takes one step per chunk, and one step per line in at most one chunk. So it is cheap even if one long line
    /// evicts all others.
    fn trim(&mut self) {
        let max_lines = u64::try_from(self.max_lines).unwrap_or(u64::MAX);
        let last_evicted = self.newest.saturating_sub(max_lines);
        for (index, chunk) in self.chunks.iter().enumerate().skip(self.first_kept) {
            self.first_kept = index;
            let kept = chunk.bytes_after(self.evicted_up_to);
            let without = self.bytes.saturating_sub(kept);
            if without >= MAX_BYTES || chunk.last() <= last_evicted {
                (self.evicted_up_to, self.bytes) = (chunk.last(), without);
                continue;
            }
            while self.evicted_up_to < last_evicted || self.bytes > MAX_BYTES {
                self.evicted_up_to += 1;
                self.bytes = without + chunk.bytes_after(self.evicted_up_to);
            }
            break;
        }
        self.drop_chunks();
    }

    /// Drops evicted lines that were stored for long polls and receipts. Call this after the long polls are answered.
    pub fn release_held(&mut self) {
        self.released_up_to = self.newest;
        self.drop_chunks();
    }

    fn drop_chunks(&mut self) {
        let dropped = self.evicted_up_to.min(self.released_up_to);
        while self
            .chunks
            .front()
            .is_some_and(|chunk| chunk.last() <= dropped)
        {
            self.chunks.pop_front();
            self.first_kept = self.first_kept.saturating_sub(1);
        }
    }

    /// Returns the number of the newest line, or 0 if there is none.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Returns how many of the lines after `number` are not kept anymore.
    pub fn evicted_since(&self, number: u64) -> u64 {
        self.evicted_up_to.saturating_sub(number)
    }

    /// Returns the kept lines after `number` and up to `until`.
    pub fn between(&self, number: u64, until: u64) -> NumberedLines {
        self.parts(number.max(self.evicted_up_to), until)
    }

    /// Like [`History::between`], but includes evicted lines that were numbered after the last call of `release_held`.
    ///
    /// So a long poll receives the next line even from a history that keeps none.
    pub fn held_between(&self, number: u64, until: u64) -> NumberedLines {
        let dropped = self.evicted_up_to.min(self.released_up_to);
        self.parts(number.max(dropped), until)
    }

    fn parts(&self, number: u64, until: u64) -> NumberedLines {
        let begin = self.chunks.partition_point(|chunk| chunk.last() <= number);
        let end = self.chunks.partition_point(|chunk| chunk.first() <= until);
        let chunks = self.chunks.range(begin..end.max(begin));
        chunks.map(|chunk| chunk.part(number, until)).collect()
    }
}
