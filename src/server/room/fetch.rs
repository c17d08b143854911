//! Serves clients that are not members. They fetch and post lines over HTTP.

use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::room::Room;
use crate::server::room::history::numbered_lines::NumberedLines;
use crate::server::room::output::RoomOutput;

impl Room {
    /// Returns the number of the newest line, or 0 if there is none.
    pub(crate) fn newest(&self) -> u64 {
        self.history.newest()
    }

    /// Returns the client's `since`, or 0 if it is missing, is too high, or belongs to another room.
    pub fn effective_since(&self, since: Option<u64>, room: Option<&str>) -> u64 {
        let is_this_room = room.is_none_or(|room| *room == *self.id);
        since
            .filter(|since| is_this_room && *since <= self.newest())
            .unwrap_or(0)
    }

    /// Returns the kept lines after `since` and up to `until`.
    pub fn fetch(&mut self, since: u64, until: u64) -> NumberedLines {
        let lines = self.history.between(since, until);
        self.steps += 1 + lines.parts().len() as u64;
        lines
    }

    /// Like [`Room::fetch`], but includes evicted lines that were numbered after the last [`Room::release_held`].
    pub(crate) fn fetch_with_held(&mut self, since: u64, until: u64) -> NumberedLines {
        let lines = self.history.held_between(since, until);
        self.steps += 1 + lines.parts().len() as u64;
        lines
    }

    /// Drops evicted lines that were stored for long polls and receipts. Call this after the long polls are answered.
    pub fn release_held(&mut self) {
        self.history.release_held();
    }

    /// Numbers and delivers the lines of a client that is not a member. None of them is run as a command.
    ///
    /// Returns the lines with their numbers, or `None` if a member has this name.
    pub fn post(
        &mut self,
        name: &Name,
        lines: &Lines,
        out: &mut impl RoomOutput,
    ) -> Option<NumberedLines> {
        if self.names.get(name).is_some() {
            return None;
        }
        let before = self.newest();
        for line in lines.iter() {
            self.steps += 1;
            out.to_all(self.history.append(format_args!("{name}: {line}")));
        }
        Some(self.fetch_with_held(before, u64::MAX))
    }
}
