//! What the room does for those who are not in it: it tells its lines, and takes theirs.

use crate::line::Lines;
use crate::name::Name;
use crate::server::history::Numbered;
use crate::server::room::{Delivery, Room};

impl Room {
    /// The number of the newest line, 0 while there is none.
    pub fn newest(&self) -> u64 {
        self.history.newest()
    }

    /// The number after which somebody wants lines. One of another room, or beyond the newest, counts as 0.
    pub fn count_from(&self, since: Option<u64>, room: Option<&str>) -> u64 {
        let is_this_room = room.is_none_or(|room| *room == *self.id);
        since
            .filter(|since| is_this_room && *since <= self.newest())
            .unwrap_or(0)
    }

    /// The kept lines after one number and up to another.
    pub fn fetch(&self, since: u64, until: u64) -> Numbered {
        // Numbers have no gap, so they need not be read from the lines.
        let before_first = since + self.history.gone_since(since);
        let count = until.saturating_sub(before_first);
        let lines = self.history.since(since);
        lines
            .take(usize::try_from(count).unwrap_or(usize::MAX))
            .collect()
    }

    /// Says lines in the name of somebody who is no member. None of them is a command. Returns them with their numbers, or
    /// `None` if a member has this name, for whom nobody else may speak.
    pub fn post(
        &mut self,
        name: &Name,
        lines: &Lines,
        out: &mut impl Delivery,
    ) -> Option<Numbered> {
        if self.ids.contains_key(name) {
            return None;
        }
        let said = lines.iter().map(|line| {
            let line = self.history.append(format_args!("{name}: {line}"));
            out.to_all(&line);
            line
        });
        Some(said.collect())
    }
}
