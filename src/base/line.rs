//! A line: the unit of the chat on every transport.
//!
#![doc = include_str!("../guide/text.md")]

pub mod error;
pub mod numbers;

use std::borrow::Cow;

pub use crate::base::line::error::LinesError;
pub use crate::base::line::numbers::{decimal, number};

/// The most lines in one message: 1,000. It bounds the hub's work for one frame.
pub const MAX_LINES: usize = 1000;

/// The lines of one message: at least one, at most [`MAX_LINES`], none empty, each [cleaned](clean).
///
/// A connection's thread makes this value, so the hub has nothing left to check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lines(String);

impl Lines {
    /// Splits a message at `\n` and `\r\n`, drops the empty lines and cleans the others.
    ///
    /// # Errors
    /// [`LinesError`] if the message has no line, or more than [`MAX_LINES`].
    pub fn parse(message: &str) -> Result<Lines, LinesError> {
        let mut lines = String::with_capacity(message.len());
        let mut count = 0;
        for line in message.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            count += 1;
            if count > MAX_LINES {
                return Err(LinesError::TooMany);
            }
            if count > 1 {
                lines.push('\n');
            }
            lines.push_str(&clean(line));
        }
        if count == 0 {
            return Err(LinesError::Empty);
        }
        Ok(Lines(lines))
    }

    /// Returns the lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split('\n')
    }

    /// Returns how many lines there are, at least 1.
    pub fn count(&self) -> usize {
        self.iter().count()
    }
}

/// Replaces with U+FFFD each character that could control a reader's terminal, break a line, or reorder it.
///
/// These are all control characters (C0, DEL, C1) except tab, the separators U+2028 and U+2029, and the bidirectional
/// controls that have a scope (U+202A to U+202E, U+2066 to U+2069).
///
/// So a line is one line for every reader: Python's `splitlines` and many editors split at Unicode's separators
/// (UAX #14). The client also cleans, because it may talk to any server.
///
/// Text without such characters is borrowed, not copied.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_unsafe) {
        Cow::Owned(text.replace(is_unsafe, "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn is_unsafe(c: char) -> bool {
    let ends_a_line = matches!(c, '\u{2028}' | '\u{2029}');
    // Embeddings and overrides, then isolates: they can reorder all text after them. The directional marks (U+200E,
    // U+200F, U+061C) affect only their neighbors.
    let reorders = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || ends_a_line || reorders
}
