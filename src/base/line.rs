//! What a line is: the unit of the chat on every transport.
//!
#![doc = include_str!("../guide/text.md")]

pub mod error;
pub mod numbers;

use std::borrow::Cow;

pub use crate::base::line::error::LinesError;
pub use crate::base::line::numbers::{decimal, number};

/// How many lines one message may hold: 1,000. It bounds the work of the hub for one frame.
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
        let split = message
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line));
        let mut lines = String::with_capacity(message.len());
        for (index, line) in split.filter(|line| !line.is_empty()).enumerate() {
            if index == MAX_LINES {
                return Err(LinesError::TooMany);
            }
            if index > 0 {
                lines.push('\n');
            }
            lines.push_str(&clean(line));
        }
        if lines.is_empty() {
            return Err(LinesError::Empty);
        }
        Ok(Lines(lines))
    }

    /// Returns the lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split('\n')
    }
}

/// Replaces characters by U+FFFD that could control a reader's terminal, end a line, or change the order of its text.
///
/// They are the control characters (C0, DEL, C1) except tab, the separators U+2028 and U+2029, and the direction controls
/// that have a scope (U+202A to U+202E, U+2066 to U+2069).
///
/// Python's `splitlines` and editors split as Unicode does (UAX #14). The client cleans too, because it may talk to any
/// server.
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
    // Embeddings, overrides and isolates also move the text around them. The direction marks (U+200E, U+200F, U+061C)
    // affect only their neighbors.
    let reorders = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\t') || ends_a_line || reorders
}
