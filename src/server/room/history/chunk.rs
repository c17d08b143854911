//! A run of lines in the two forms in which they are sent: as text and as frames.

use std::fmt::{self, Write as _};
use std::ops::Range;
use std::sync::Arc;

use crate::base::frame::encode;

/// The maximum number of lines in a chunk: 128.
pub const MAX_LINES: usize = 128;

/// A chunk is full if its text has this many bytes or more: 16 KiB. The last line may take it past this size.
pub const MAX_BYTES: usize = 16 * 1024;

/// Lines with consecutive numbers. A chunk in the history has at least one line.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    first: u64,
    /// The lines, each followed by a newline, for an HTTP body.
    text: String,
    /// The lines, each as a text frame, for the first block that a new member receives.
    frames: Vec<u8>,
    /// For each line, where it ends in `text` and in `frames`.
    ends: Vec<LineEnd>,
}

/// The byte offsets at which a line ends in [`Chunk::text`] and in [`Chunk::frames`].
#[derive(Clone, Copy, Debug, Default)]
struct LineEnd {
    text: usize,
    frames: usize,
}

impl Chunk {
    /// Makes an empty chunk. The number of its first line will be `first`.
    pub(crate) fn new(first: u64) -> Chunk {
        Chunk {
            first,
            text: String::new(),
            frames: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// Appends a line, and returns its length in bytes.
    pub(crate) fn push(&mut self, line: fmt::Arguments<'_>) -> usize {
        let begin = self.text.len();
        // Writing to a `String` cannot fail.
        let _ = self.text.write_fmt(line);
        let line = &self.text[begin..];
        let length = line.len();
        encode::append_text(&mut self.frames, line);
        self.text.push('\n');
        self.ends.push(LineEnd {
            text: self.text.len(),
            frames: self.frames.len(),
        });
        length
    }

    /// Returns the newest line, without its newline.
    pub(crate) fn last_line(&self) -> &str {
        let begin = self.line_end(self.ends.len().saturating_sub(1)).text;
        self.text[begin..].trim_end_matches('\n')
    }

    /// Returns whether the next line needs another chunk.
    pub(crate) fn is_full(&self) -> bool {
        self.ends.len() >= MAX_LINES || self.text.len() >= MAX_BYTES
    }

    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    pub(crate) fn last(&self) -> u64 {
        self.first + self.ends.len() as u64 - 1
    }

    /// Returns the total length of the lines after `number`, without their newlines.
    pub(crate) fn bytes_after(&self, number: u64) -> usize {
        let lines = self.index_after(number)..self.ends.len();
        self.text.len() - self.line_end(lines.start).text - lines.len()
    }

    /// Returns the lines after `number` and up to `until`.
    pub(crate) fn part(self: &Arc<Self>, number: u64, until: u64) -> Part {
        let begin = self.index_after(number);
        Part {
            chunk: Arc::clone(self),
            lines: begin..self.index_after(until).max(begin),
        }
    }

    /// Returns how many lines of the chunk have `number` or a lower number.
    fn index_after(&self, number: u64) -> usize {
        let count = number.saturating_add(1).saturating_sub(self.first);
        usize::try_from(count).map_or(self.ends.len(), |count| count.min(self.ends.len()))
    }

    /// Returns where the first `count` lines end.
    fn line_end(&self, count: usize) -> LineEnd {
        match count {
            0 => LineEnd::default(),
            _ => self.ends[count - 1],
        }
    }
}

/// Some consecutive lines of a chunk, without a copy of their bytes.
#[derive(Clone, Debug)]
pub struct Part {
    chunk: Arc<Chunk>,
    lines: Range<usize>,
}

impl Part {
    /// Returns how many lines the part has.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Returns the lines, each followed by a newline.
    pub fn text(&self) -> &str {
        let (begin, end) = self.bounds();
        &self.chunk.text[begin.text..end.text]
    }

    /// Returns the lines, each as a text frame.
    pub fn frames(&self) -> &[u8] {
        let (begin, end) = self.bounds();
        &self.chunk.frames[begin.frames..end.frames]
    }

    fn bounds(&self) -> (LineEnd, LineEnd) {
        let Range { start, end } = self.lines;
        (self.chunk.line_end(start), self.chunk.line_end(end))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Part {}
