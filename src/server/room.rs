//! The room as a value: who is in it, what was said, and the numbers. No socket and no thread.
//!
//! The hub owns the only one and asks it one thing after another. That is what gives everybody the same lines in the same
//! order with the same numbers: not a lock, but that nobody else can reach it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::history::History;
use super::id::ClientId;
use super::members::commands::{MAX_COMMANDS, MAX_NAMES};
use super::members::names::Names;
use super::members::notices::Notices;
use crate::line::Lines;
use crate::name::Name;

/// Where the room puts what it has to say. Lines come without a newline.
pub trait Delivery {
    /// For everyone who is in the room when it is said.
    fn to_all(&mut self, line: &str);

    /// For one client alone.
    fn to_one(&mut self, id: ClientId, line: &str);
}

/// How many steps a message costs at most beyond its lines and the chunks it gets: 16 commands that ask for 100 names.
pub const MAX_STEPS: u64 = (MAX_COMMANDS * MAX_NAMES) as u64;

/// The one room of a server.
#[derive(Debug)]
pub struct Room {
    pub(super) id: Arc<str>,
    // By number, so that they are in the order in which they joined.
    pub(super) members: BTreeMap<ClientId, Member>,
    pub(super) names: Names,
    pub(super) history: History,
    pub(super) notices: Notices,
    pub(super) steps: u64,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) key: Option<String>,
    /// Whether the others have been told of the joining, and so have to be told of the leaving.
    pub(super) is_announced: bool,
}

impl Room {
    /// An empty room that keeps so many lines. `id` tells its numbers from those of an earlier run.
    pub fn new(id: Arc<str>, kept_lines: usize) -> Room {
        Room {
            id,
            members: BTreeMap::new(),
            names: Names::default(),
            history: History::new(kept_lines),
            notices: Notices::default(),
            steps: 0,
        }
    }

    /// How much the room has done so far: 1 for each line, command, join and leave, for each look-up of a name that may be
    /// free, for each name in an answer and for each chunk of lines in a greeting or a fetch.
    ///
    /// No message costs more than its lines (at most [`MAX_LINES`](crate::line::MAX_LINES)) and [`MAX_STEPS`], and a chunk
    /// for each 128 kept lines or 16 KiB of them. A property test keeps this.
    pub fn steps(&self) -> u64 {
        self.steps + self.names.lookups()
    }

    /// Says lines in somebody's name, or obeys those that are commands. One who is no member says nothing: he has left,
    /// or somebody has taken his place.
    pub fn say(&mut self, id: ClientId, lines: &Lines, out: &mut impl Delivery) {
        let mut commands = 0;
        for line in lines.iter() {
            let Some(Member { name, .. }) = self.members.get(&id) else {
                return;
            };
            self.steps += 1;
            let said = match line.strip_prefix('/') {
                None => line,
                // A line that shall begin with a slash is sent with two of them.
                Some(said) if said.starts_with('/') => said,
                Some(command) => {
                    commands += 1;
                    self.obey(id, command, commands, out);
                    continue;
                }
            };
            out.to_all(&self.history.append(format_args!("{name}: {said}")));
        }
    }

    /// Lets somebody go, and tells the others if they know of his joining. Whoever is no member is gone already.
    pub fn leave(&mut self, id: ClientId, now: Instant, out: &mut impl Delivery) {
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        self.names.remove(&member.name);
        self.steps += 1;
        if member.is_announced && self.notices.allow(self.members.len(), now) {
            out.to_all(&self.history.append(format_args!("* {} left", member.name)));
        }
    }
}
