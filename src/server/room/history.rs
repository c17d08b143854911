//! The lines that the room still knows, and the numbers it gives them.

pub mod chunk;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::server::room::history::chunk::{Chunk, Numbered};

/// How many bytes of lines are kept at most: 1 MiB.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The newest lines, each with its number in front. Numbers begin at 1 and grow by one.
///
/// Lines stand in chunks that all their readers share, so a fetch copies none. It costs two binary searches and a step for
/// each chunk: at most the kept lines / [`chunk::MAX_LINES`] + [`MAX_BYTES`] / [`chunk::MAX_BYTES`] + 2.
#[derive(Debug)]
pub struct History {
    /// Oldest first, and never with a gap between them. The first ones may have lines that are not kept anymore.
    chunks: VecDeque<Arc<Chunk>>,
    newest: u64,
    /// The number before the oldest kept line.
    gone: u64,
    /// How many bytes the kept lines have.
    bytes: usize,
    /// The number before the oldest line that was not settled.
    settled: u64,
    max_lines: usize,
}

impl History {
    /// An empty history that keeps so many lines, and of those at most [`MAX_BYTES`].
    pub fn new(max_lines: usize) -> History {
        History {
            chunks: VecDeque::new(),
            newest: 0,
            gone: 0,
            bytes: 0,
            settled: 0,
            max_lines,
        }
    }

    /// Gives what was said the next number and returns the line: `NUMBER SPACE WHAT`.
    pub fn append(&mut self, what: fmt::Arguments<'_>) -> String {
        self.newest += 1;
        let line = format!("{} {what}", self.newest);
        self.bytes += line.len();
        match self.chunks.back_mut() {
            // Readers may hold the chunk too. It is copied then, which is cheap, because a chunk that is not full is small.
            Some(chunk) if !chunk.is_full() => Arc::make_mut(chunk).push(&line),
            _ => {
                let chunk = Chunk::new(self.newest, &line);
                self.chunks.push_back(Arc::new(chunk));
            }
        }
        self.trim();
        line
    }

    /// Counts out the oldest lines until the limits hold. It takes a step for each chunk and one for each line of a chunk
    /// at most, also if one long line drives out all others.
    fn trim(&mut self) {
        let most = u64::try_from(self.max_lines).unwrap_or(u64::MAX);
        let last_gone = self.newest.saturating_sub(most);
        let begin = self.chunks.partition_point(|it| it.last() <= self.gone);
        for chunk in self.chunks.range(begin..) {
            let kept = chunk.bytes_after(self.gone);
            let without = self.bytes.saturating_sub(kept);
            if without >= MAX_BYTES || chunk.last() <= last_gone {
                (self.gone, self.bytes) = (chunk.last(), without);
                continue;
            }
            while self.gone < last_gone || self.bytes > MAX_BYTES {
                self.gone += 1;
                self.bytes = without + chunk.bytes_after(self.gone);
            }
            break;
        }
        self.drop_chunks();
    }

    /// Lets go of the lines that are not kept and were held for the long polls. To be called when these have got them.
    pub fn settle(&mut self) {
        self.settled = self.newest;
        self.drop_chunks();
    }

    fn drop_chunks(&mut self) {
        let needless = self.gone.min(self.settled);
        while self.chunks.front().is_some_and(|it| it.last() <= needless) {
            self.chunks.pop_front();
        }
    }

    /// The number of the newest line, 0 while there is none.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// How many of the lines after `number` are not kept anymore.
    pub fn gone_since(&self, number: u64) -> u64 {
        self.gone.saturating_sub(number)
    }

    /// The kept lines after `number` and up to `until`.
    pub fn between(&self, number: u64, until: u64) -> Numbered {
        self.parts(number.max(self.gone), until)
    }

    /// The same, with those that are not kept but have come since [`History::settle`]. So a long poll gets the next line
    /// from a history that keeps none.
    pub fn held_between(&self, number: u64, until: u64) -> Numbered {
        self.parts(number.max(self.gone.min(self.settled)), until)
    }

    fn parts(&self, number: u64, until: u64) -> Numbered {
        let begin = self.chunks.partition_point(|it| it.last() <= number);
        let end = self.chunks.partition_point(|it| it.first() <= until);
        let chunks = self.chunks.range(begin..end.max(begin));
        chunks.map(|it| it.part(number, until)).collect()
    }
}
