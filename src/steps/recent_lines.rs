//! The lines of a room, for the two polling steps.

use std::collections::VecDeque;

use blocking_chat::base::line;

/// The maximum number of lines that are kept.
const MAX_KEPT_LINES: usize = 1000;

/// The newest lines, each with its number. Numbers start at 1 and grow by one.
pub struct RecentLines(VecDeque<(u64, String)>);

impl RecentLines {
    /// Returns an empty list.
    pub const fn new() -> RecentLines {
        RecentLines(VecDeque::new())
    }

    /// Gives each line of the text a number and stores it.
    pub fn say(&mut self, text: &str) {
        let lines = text.lines().map(|line| line::clean(line).into_owned());
        self.0.extend((self.newest() + 1..).zip(lines));
        let too_many = self.0.len().saturating_sub(MAX_KEPT_LINES);
        self.0.drain(..too_many);
    }

    /// Returns the number of the newest line, or 0 if there is no line.
    pub fn newest(&self) -> u64 {
        self.0.back().map_or(0, |(number, _)| *number)
    }

    /// Returns the lines after number `since` as text, each with its number. The text is empty if there are no newer lines.
    pub fn after(&self, since: u64) -> String {
        let lines = self.0.iter().filter(|(number, _)| *number > since);
        lines
            .map(|(number, line)| format!("{number} {line}\n"))
            .collect()
    }
}
