//! What the room does for those who are not in it: it tells its lines, and takes theirs.

use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::room::history::chunk::Numbered;
use crate::server::room::{Room, RoomOutput};

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
    pub fn fetch(&mut self, since: u64, until: u64) -> Numbered {
        let lines = self.history.between(since, until);
        self.steps += 1 + lines.parts().len() as u64;
        lines
    }

    /// The same for one that has waited for the lines that have come since [`Room::settle`], also if they are not kept.
    pub fn fetch_next(&mut self, since: u64, until: u64) -> Numbered {
        let lines = self.history.held_between(since, until);
        self.steps += 1 + lines.parts().len() as u64;
        lines
    }

    /// Lets go of the lines that only those could want who have waited for them. To be called when these have got them.
    pub fn settle(&mut self) {
        self.history.settle();
    }

    /// Says lines in the name of somebody who is no member. None of them is a command. Returns them with their numbers, or
    /// `None` if a member has this name, for whom nobody else may speak.
    pub fn post(
        &mut self,
        name: &Name,
        lines: &Lines,
        out: &mut impl RoomOutput,
    ) -> Option<Numbered> {
        if self.names.get(name).is_some() {
            return None;
        }
        let before = self.newest();
        for line in lines.iter() {
            self.steps += 1;
            out.to_all(&self.history.append(format_args!("{name}: {line}")));
        }
        Some(self.fetch_next(before, u64::MAX))
    }
}
