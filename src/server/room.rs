//! The room as a value: its members, its lines, and their numbers. No socket, no thread.
//!
//! The hub owns the only room, and passes messages to it one at a time. So every client receives the same lines in the
//! same order with the same numbers, and no lock is needed.

pub mod commands;
pub mod fetch;
pub mod free_name;
pub mod history;
pub mod join;
mod member;
pub mod notice_limiter;
pub mod output;
pub mod setup;
pub mod steps;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::id::ClientId;
use crate::base::line::Lines;
use crate::server::room::free_name::NameTable;
use crate::server::room::history::History;
use crate::server::room::member::Member;
use crate::server::room::notice_limiter::NoticeLimiter;
use crate::server::room::output::RoomOutput;

/// The one room of a server.
#[derive(Debug)]
pub struct Room {
    id: Arc<str>,
    // Ordered by id. On a single server, this is the order in which the connections were accepted.
    members: BTreeMap<ClientId, Member>,
    names: NameTable,
    history: History,
    notices: NoticeLimiter,
    steps: u64, // How much work the room has done, without lookups of names.
}

impl Room {
    /// Numbers and outputs a member's lines, and runs its `/` commands. Lines of a client that is not a member are dropped.
    pub fn say(&mut self, id: ClientId, lines: &Lines, out: &mut impl RoomOutput) {
        let mut commands = 0;
        for line in lines.iter() {
            // The name is looked up for each line, because `/nick` changes it.
            let Some(Member { name, .. }) = self.members.get(&id) else {
                return;
            };
            self.steps += 1;
            let text = match line.strip_prefix('/') {
                None => line,
                // A line that begins with two slashes is delivered with one.
                Some(text) if text.starts_with('/') => text,
                Some(command) => {
                    commands += 1;
                    self.run_command(id, command, commands, out);
                    continue;
                }
            };
            let line = self.history.append(format_args!("{name}: {text}"));
            out.to_all(line);
        }
    }
}
