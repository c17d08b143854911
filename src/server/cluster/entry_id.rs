//! The position of an entry in the log.

use std::fmt;

use crate::base::line;

/// The id that Redis gives an entry: the time by Redis's own clock, in milliseconds since 1970, and a number within
/// that millisecond.
///
/// Ids always grow, even if that clock is set back.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct EntryId {
    /// The time in milliseconds.
    pub milliseconds: u64,
    /// The number within the millisecond.
    pub sequence: u64,
}

impl EntryId {
    /// Parses an id such as `1700000000000-3`. Returns `None` for text in any other form.
    pub fn parse(text: &str) -> Option<EntryId> {
        let (milliseconds, sequence) = text.split_once('-')?;
        Some(EntryId {
            milliseconds: line::decimal(milliseconds)?,
            sequence: line::decimal(sequence)?,
        })
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.sequence)
    }
}
