//! Lines, the units of the chat on every transport.
//!
#![doc = include_str!("../guide/text.md")]

pub mod clean;
pub mod error;
pub mod joined;
pub mod numbers;

pub use crate::base::line::clean::clean;
pub use crate::base::line::error::LinesError;
pub use crate::base::line::numbers::{decimal, number};

/// The maximum number of lines in one WebSocket message, POST or `Say`: 1,000. This bounds the hub's work for a message.
pub const MAX_LINES: usize = 1000;

/// The lines of one message, or of several joined messages: 1 to [`MAX_LINES`] lines, none empty, each [cleaned](clean()).
///
/// [`Lines::parse`] checks the message, so the hub need not check it again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lines {
    text: String,
    count: usize,
}

impl Lines {
    /// Splits a message at `\n`, drops a `\r` at the end of each line, drops empty lines, and cleans the others.
    ///
    /// # Errors
    /// [`LinesError`] if no line is left, or if more than [`MAX_LINES`] are left.
    pub fn parse(message: &str) -> Result<Lines, LinesError> {
        let split = message
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line));
        let (mut text, mut count) = (String::with_capacity(message.len()), 0);
        for line in split.filter(|line| !line.is_empty()) {
            if count == MAX_LINES {
                return Err(LinesError::TooMany);
            }
            if count > 0 {
                text.push('\n');
            }
            text.push_str(&clean(line));
            count += 1;
        }
        if count == 0 {
            return Err(LinesError::Empty);
        }
        Ok(Lines { text, count })
    }

    /// Returns how many lines there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Returns the lines in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split('\n')
    }
}
