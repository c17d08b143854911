//! Why a message cannot become lines.

use std::fmt;

use crate::base::line::MAX_LINES;

/// Why a message cannot become [`Lines`](crate::base::line::Lines).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinesError {
    /// The message has only empty lines. The server ignores such a message on a WebSocket, but answers 400 to a POST.
    Empty,
    /// The message has more than [`MAX_LINES`] lines that are not empty.
    TooMany,
}

impl fmt::Display for LinesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinesError::Empty => f.write_str("the message has no lines"),
            LinesError::TooMany => write!(f, "a message may have at most {MAX_LINES} lines"),
        }
    }
}

impl std::error::Error for LinesError {}
