//! Divides text into rows of a given width. This module uses no terminal.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// The prompt at the beginning of the first row.
pub(super) const PROMPT: &str = "> ";
/// How a tab is shown.
const TAB: &str = "    ";

/// Where the rows of the text begin.
#[derive(Debug)]
pub(super) struct Layout {
    /// The width of a row, in columns.
    pub(super) columns: usize,
    /// Where each row begins in the text, in bytes. The first row begins at 0.
    starts: Vec<usize>,
}

/// Returns the greatest width that a terminal may give the text, in columns.
///
/// Terminals disagree about characters that are joined into one symbol (emoji of several people, flags). Some show one symbol of two
/// columns, and others show all parts side by side. The result counts every part, so no terminal exceeds it.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Returns a piece of text as the client shows it: tabs become spaces, and other control characters become U+FFFD.
pub(super) fn shown(piece: &str) -> String {
    let spaced = piece.replace('\t', TAB);
    spaced.replace(char::is_control, "\u{FFFD}")
}

/// Returns the longest beginning of `text` that fits into this many columns.
pub(super) fn cut(text: &str, columns: usize) -> String {
    let mut taken = 0;
    let fits = |grapheme: &&str| {
        taken += width(grapheme);
        taken <= columns
    };
    text.graphemes(true).take_while(fits).collect()
}

impl Layout {
    /// Divides the prompt and the text into rows. A line that does not fit into a row is broken between graphemes.
    pub(super) fn new(text: &str, columns: usize) -> Layout {
        let mut starts = vec![0];
        let mut column = PROMPT.len();
        for (at, grapheme) in text.grapheme_indices(true) {
            if grapheme == "\n" {
                starts.push(at + 1);
                column = 0;
                continue;
            }
            let wide = width(&shown(grapheme));
            if column + wide > columns && column > 0 {
                starts.push(at);
                column = 0;
            }
            column += wide;
        }
        if column >= columns {
            // After the last character of a full row, the cursor needs a row of its own.
            starts.push(text.len());
        }
        Layout { columns, starts }
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.len()
    }

    /// Returns the index of the row that contains the byte offset `place` of the text.
    pub(super) fn row_of(&self, place: usize) -> usize {
        let begun = self.starts.partition_point(|&start| start <= place);
        begun.saturating_sub(1)
    }

    /// Returns a row as the client shows it, but only up to the byte offset `end` of the text.
    pub(super) fn row(&self, text: &str, row: usize, end: usize) -> String {
        let start_of = |row: usize| self.starts.get(row).copied().unwrap_or(text.len());
        let (start, next) = (start_of(row), start_of(row + 1));
        let piece = text.get(start..next.min(end).max(start));
        let piece = piece.unwrap_or_default().trim_end_matches('\n');
        let prompt = if row == 0 { PROMPT } else { "" };
        format!("{prompt}{}", shown(piece))
    }
}
