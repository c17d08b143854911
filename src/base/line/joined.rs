//! Lines of several messages as one.

use crate::base::line::{Lines, MAX_LINES};

impl Lines {
    /// Appends the lines of a later message, unless there would be more than [`MAX_LINES`]. Returns whether it did.
    pub(crate) fn append(&mut self, later: &Lines) -> bool {
        let fits = self.count + later.count <= MAX_LINES;
        if fits {
            self.text.push('\n');
            self.text.push_str(&later.text);
            self.count += later.count;
        }
        fits
    }
}
