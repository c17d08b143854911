//! Commands: lines that begin with a single slash. Only the sender receives the answer. A successful `/nick` is
//! announced to all members instead.

use std::mem;

use crate::base::id::ClientId;
use crate::base::name::Name;
use crate::server::room::Room;
use crate::server::room::output::RoomOutput;

/// The maximum number of commands that one message runs: 16. An answer can be a thousand times longer than its command.
pub const MAX_COMMANDS: usize = 16;

/// The maximum number of names that `/who` lists: 100.
pub const MAX_NAMES: usize = 100;

/// The answer to an unknown command repeats at most this many of its characters: 32.
const MAX_VERB: usize = 32;

const HELP: [&str; 4] = [
    "* /nick NAME changes your name",
    "* /who lists who is here",
    "* /help lists the commands",
    "* //text says a line that begins with a slash",
];

impl Room {
    /// Runs the `nth` command of a message. `command` has no slash in front. The sender must be a member.
    pub(crate) fn run_command(
        &mut self,
        id: ClientId,
        command: &str,
        nth: usize,
        out: &mut impl RoomOutput,
    ) {
        if nth > MAX_COMMANDS {
            // This is sent once per message: an answer to each further command would defeat the limit.
            if nth == MAX_COMMANDS + 1 {
                out.to_one(
                    id,
                    &format!("* only the first {MAX_COMMANDS} commands of a message are run"),
                );
            }
            return;
        }
        let (verb, argument) = command
            .split_once(char::is_whitespace)
            .unwrap_or((command, ""));
        match (verb, argument.trim()) {
            ("nick", name) => self.rename(id, name, out),
            ("who", "") => out.to_one(id, &self.who()),
            ("help", "") => {
                for line in HELP {
                    out.to_one(id, line);
                }
            }
            ("who" | "help", _) => out.to_one(id, &format!("* /{verb} takes no argument")),
            _ => {
                // The verb is truncated, so that a long command does not get a long answer.
                let verb: String = verb.chars().take(MAX_VERB).collect();
                out.to_one(
                    id,
                    &format!("* /{verb} is not a command; /help lists the commands"),
                );
            }
        }
    }

    fn rename(&mut self, id: ClientId, wanted: &str, out: &mut impl RoomOutput) {
        let name = match Name::parse(wanted) {
            Ok(name) => name,
            Err(invalid) => return out.to_one(id, &format!("* you keep your name: {invalid}")),
        };
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        // A member may take another form of its own name, such as `Anna` instead of `anna`.
        if self.names.get(&name).is_some_and(|owner| owner != id) {
            return out.to_one(id, &format!("* you keep your name: {name} is taken"));
        }
        if member.name.as_str() == name.as_str() {
            return out.to_one(id, &format!("* you keep your name: you are {name} already"));
        }
        let old = mem::replace(&mut member.name, name.clone());
        self.names.remove(&old);
        out.to_all(self.history.append(format_args!("* {old} is now {name}")));
        self.names.insert(name, id);
    }

    fn who(&mut self) -> String {
        let names: Vec<&str> = self
            .members
            .values()
            .take(MAX_NAMES)
            .map(|member| member.name.as_str())
            .collect();
        self.steps += names.len() as u64;
        let names = names.join(", ");
        match self.members.len().saturating_sub(MAX_NAMES) {
            0 => format!("* here: {names}"),
            more => format!("* here: {names}, and {more} more"),
        }
    }
}
