//! The lines that the room still knows, and the numbers it gives them.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// How many bytes of lines are kept at most: 1 MiB.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Lines that the room has numbered, shared by all who get them.
pub type Numbered = Arc<[Arc<str>]>;

/// The newest lines, each with its number in front. Numbers begin at 1 and grow by one.
#[derive(Debug)]
pub struct History {
    lines: VecDeque<Arc<str>>,
    bytes: usize,
    newest: u64,
    max_lines: usize,
}

impl History {
    /// An empty history that keeps so many lines, and of those at most [`MAX_BYTES`].
    pub fn new(max_lines: usize) -> History {
        History {
            lines: VecDeque::new(),
            bytes: 0,
            newest: 0,
            max_lines,
        }
    }

    /// Gives what was said the next number and returns the line: `NUMBER SPACE WHAT`.
    pub fn append(&mut self, what: fmt::Arguments<'_>) -> Arc<str> {
        self.newest += 1;
        let line: Arc<str> = format!("{} {what}", self.newest).into();
        self.bytes += line.len();
        self.lines.push_back(Arc::clone(&line));
        while self.lines.len() > self.max_lines || self.bytes > MAX_BYTES {
            let Some(oldest) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
        }
        line
    }

    /// The number of the newest line, 0 while there is none.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// How many of the lines after `number` are not kept any more.
    pub fn gone_since(&self, number: u64) -> u64 {
        self.before_oldest().saturating_sub(number)
    }

    /// The kept lines after `number`, in their order.
    pub fn since(&self, number: u64) -> impl Iterator<Item = Arc<str>> {
        let known = number.saturating_sub(self.before_oldest());
        self.lines
            .iter()
            .skip(usize::try_from(known).unwrap_or(usize::MAX))
            .cloned()
    }

    fn before_oldest(&self) -> u64 {
        self.newest - self.lines.len() as u64
    }
}
