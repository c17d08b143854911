//! Joins the lines of several messages.

use crate::base::line::{Lines, MAX_LINES};

impl Lines {
    /// Appends the lines of a later message, unless the total would exceed [`MAX_LINES`]. Returns whether they were
    /// appended.
    pub(crate) fn try_append(&mut self, later: &Lines) -> bool {
        let fits = self.count + later.count <= MAX_LINES;
        if fits {
            self.text.push('\n');
            self.text.push_str(&later.text);
            self.count += later.count;
        }
        fits
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_two_messages_become_one_message() {
        let mut lines = Lines::parse("one\ntwo").unwrap();
        assert!(lines.try_append(&Lines::parse("three\n").unwrap()));
        assert_eq!(lines, Lines::parse("one\ntwo\nthree").unwrap());
    }

    #[test]
    fn joined_message_stays_within_the_line_limit() {
        let mut lines = Lines::parse("one\ntwo").unwrap();
        let most = Lines::parse(&"x\n".repeat(MAX_LINES - 2)).unwrap();
        assert!(lines.try_append(&most));
        assert!(!lines.try_append(&Lines::parse("one too many").unwrap()));
        assert_eq!(lines.count(), MAX_LINES);
    }
}
