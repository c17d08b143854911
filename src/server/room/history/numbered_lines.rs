//! Numbered lines that a reader holds without copying them.

use std::sync::Arc;

use crate::server::room::history::chunk::Part;

/// Numbered lines, as parts of chunks. Clones share the parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NumberedLines {
    parts: Arc<[Part]>,
}

impl NumberedLines {
    /// Returns the parts. The room counts a fetch as one step, and one more for each part.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns whether there are no lines.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns how many lines there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    /// Returns the lines in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .flat_map(|part| part.text().split_terminator('\n'))
    }
}

impl Default for NumberedLines {
    fn default() -> NumberedLines {
        NumberedLines::from_iter([])
    }
}

impl FromIterator<Part> for NumberedLines {
    /// Collects the parts that are not empty.
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> NumberedLines {
        let parts = parts.into_iter().filter(|part| part.len() > 0);
        NumberedLines {
            parts: parts.collect(),
        }
    }
}
