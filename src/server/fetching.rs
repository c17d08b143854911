//! What the room does for those who are not in it: it tells its lines, and takes theirs.

use std::sync::Arc;

use super::room::{Delivery, Room};
use super::waiters::{Fetch, Numbered};
use crate::line::{self, Lines};
use crate::name::Name;

impl Room {
    /// The number of the newest line, 0 while there is none.
    pub fn newest(&self) -> u64 {
        self.history.newest()
    }

    /// The kept lines that are asked for. The number of another room, or one beyond the newest, counts as 0.
    pub fn fetch(&self, fetch: &Fetch) -> Numbered {
        let is_this_room = fetch.room.as_ref().is_none_or(|room| **room == *self.id);
        let since = fetch
            .since
            .filter(|since| is_this_room && *since <= self.newest())
            .unwrap_or(0);
        let until = fetch.until.unwrap_or(u64::MAX);
        let is_in_time = |line: &Arc<str>| line::number(line).is_some_and(|number| number <= until);
        self.history.since(since).take_while(is_in_time).collect()
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
