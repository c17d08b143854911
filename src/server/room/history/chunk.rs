//! Numbered lines in the two forms in which they go out, shared by all who get them.

use std::ops::Range;
use std::sync::Arc;

use crate::base::frame;

/// How many lines a chunk has at most: 128.
pub const MAX_LINES: usize = 128;

/// How many bytes of lines a chunk has before it is full: 16 KiB. The last line may go beyond that.
pub const MAX_BYTES: usize = 16 * 1024;

/// Lines with consecutive numbers: at least one.
#[derive(Clone, Debug)]
pub struct Chunk {
    first: u64,
    /// Each with a newline behind it: a body over HTTP.
    text: String,
    /// Each as a text frame: the first block of a member.
    frames: Vec<u8>,
    /// Where each line ends.
    ends: Vec<End>,
}

#[derive(Clone, Copy, Debug, Default)]
struct End {
    text: usize,
    frames: usize,
}

impl Chunk {
    /// A chunk with its first line, and the number of that.
    pub fn new(first: u64, line: &str) -> Chunk {
        let mut chunk = Chunk {
            first,
            text: String::new(),
            frames: Vec::new(),
            ends: Vec::new(),
        };
        chunk.push(line);
        chunk
    }

    /// Puts a line behind the others.
    pub fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        frame::append_text(&mut self.frames, line);
        self.ends.push(End {
            text: self.text.len(),
            frames: self.frames.len(),
        });
    }

    /// Whether the next line needs another chunk.
    pub fn is_full(&self) -> bool {
        self.ends.len() >= MAX_LINES || self.text.len() >= MAX_BYTES
    }

    /// The number of the first line.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The number of the last line.
    pub fn last(&self) -> u64 {
        self.first + self.ends.len() as u64 - 1
    }

    /// How many bytes the lines after `number` have, without their newlines.
    pub fn bytes_after(&self, number: u64) -> usize {
        let lines = self.index_after(number)..self.ends.len();
        self.text.len() - self.end(lines.start).text - lines.len()
    }

    /// The lines after `number` and up to `until`.
    pub fn part(self: &Arc<Self>, number: u64, until: u64) -> Part {
        let begin = self.index_after(number);
        Part {
            chunk: Arc::clone(self),
            lines: begin..self.index_after(until).max(begin),
        }
    }

    /// How many lines have this number or a lower one.
    fn index_after(&self, number: u64) -> usize {
        let count = number.saturating_add(1).saturating_sub(self.first);
        usize::try_from(count).map_or(self.ends.len(), |count| count.min(self.ends.len()))
    }

    /// Where the first `count` lines end.
    fn end(&self, count: usize) -> End {
        let last = count.checked_sub(1).and_then(|last| self.ends.get(last));
        last.copied().unwrap_or_default()
    }
}

/// Some of a chunk's lines.
#[derive(Clone, Debug)]
pub struct Part {
    chunk: Arc<Chunk>,
    lines: Range<usize>,
}

impl Part {
    /// The lines, each with a newline behind it.
    pub fn text(&self) -> &str {
        let (begin, end) = self.bounds();
        // Both ends are in the chunk, which only grows.
        let text = self.chunk.text.get(begin.text..end.text);
        text.unwrap_or_default()
    }

    /// The lines, each as a text frame.
    pub fn frames(&self) -> &[u8] {
        let (begin, end) = self.bounds();
        let frames = self.chunk.frames.get(begin.frames..end.frames);
        frames.unwrap_or_default()
    }

    fn bounds(&self) -> (End, End) {
        (
            self.chunk.end(self.lines.start),
            self.chunk.end(self.lines.end),
        )
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Part {}

/// Lines that the room has numbered, as parts of chunks. A clone costs one step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Numbered {
    parts: Arc<[Part]>,
}

impl Numbered {
    /// Of how many chunks they are: what it costs to hand them out.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.lines.len()).sum()
    }

    /// The lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .flat_map(|part| part.text().split_terminator('\n'))
    }

    /// All lines, each with a newline behind it.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.parts.iter().map(Part::text).collect();
        texts.concat()
    }
}

impl Default for Numbered {
    fn default() -> Numbered {
        Numbered::from_iter([])
    }
}

impl FromIterator<Part> for Numbered {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Numbered {
        let parts = parts.into_iter().filter(|part| !part.lines.is_empty());
        Numbered {
            parts: parts.collect(),
        }
    }
}
