//! The room as a value: who is in it, what was said, and the numbers. No socket and no thread.
//!
//! The hub owns the only one and asks it one thing after another. That is what gives everybody the same lines in the same
//! order with the same numbers: not a lock, but that nobody else can reach it.

pub mod announcements;
pub mod commands;
pub mod fetch;
pub mod free_name;
pub mod history;
pub mod join;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::room::announcements::Announcements;
use crate::server::room::commands::{MAX_COMMANDS, MAX_NAMES};
use crate::server::room::free_name::Names;
use crate::server::room::history::History;

/// Where the room puts what it has to say. Lines come without a newline.
pub trait RoomOutput {
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
    pub(crate) id: Arc<str>,
    // By number, so that they are in the order in which they joined.
    pub(crate) members: BTreeMap<ClientId, Member>,
    pub(crate) names: Names,
    pub(crate) history: History,
    pub(crate) notices: Announcements,
    pub(crate) steps: u64,
}

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: Name,
    pub(crate) key: Option<String>,
    /// Whether the others have been told of the joining, and so have to be told of the leaving.
    pub(crate) is_announced: bool,
}

impl Room {
    /// An empty room that keeps so many lines. `id` tells its numbers from those of an earlier run.
    pub fn new(id: Arc<str>, kept_lines: usize) -> Room {
        Room {
            id,
            members: BTreeMap::new(),
            names: Names::default(),
            history: History::new(kept_lines),
            notices: Announcements::default(),
            steps: 0,
        }
    }

    /// How much the room has done so far: 1 for each line, command, join and leave, for each look-up of a name that may be
    /// free, for each name in an answer and for each chunk of lines in a greeting or a fetch.
    ///
    /// No message costs more than its lines (at most [`MAX_LINES`](crate::base::line::MAX_LINES)) and [`MAX_STEPS`], and a chunk
    /// for each 128 kept lines or 16 KiB of them. A property test keeps this.
    pub fn steps(&self) -> u64 {
        self.steps + self.names.lookups()
    }

    /// Says lines in somebody's name, or obeys those that are commands. One who is no member says nothing: he has left,
    /// or somebody has taken his place.
    pub fn say(&mut self, id: ClientId, lines: &Lines, out: &mut impl RoomOutput) {
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
                    self.run_command(id, command, commands, out);
                    continue;
                }
            };
            out.to_all(&self.history.append(format_args!("{name}: {said}")));
        }
    }

    /// Lets somebody go, and tells the others if they know of his joining. Whoever is no member is gone already.
    pub fn leave(&mut self, id: ClientId, now: Instant, out: &mut impl RoomOutput) {
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
