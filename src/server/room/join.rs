//! How a client joins and leaves the room.

use std::time::Instant;

use crate::base::gap;
use crate::base::id::ClientId;
use crate::base::name::Name;
use crate::server::room::Room;
use crate::server::room::history::numbered_lines::NumberedLines;
use crate::server::room::member::Member;
use crate::server::room::output::RoomOutput;

/// The parameters of a join, from the query of the client's URL.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct JoinRequest {
    /// The client's name. Without one, the room chooses `guest-N`.
    pub name: Option<Name>,
    /// The number of the last line that the client has. Without this number, the client receives no earlier lines.
    pub since: Option<u64>,
    /// The id of the room that `since` belongs to. `None` means the room that the client joins.
    pub room: Option<String>,
    /// A secret. A client that joins with a member's name and key replaces that member.
    pub key: Option<String>,
}

/// The result of a join.
#[derive(Debug)]
pub struct JoinOutcome {
    /// The first lines, unnumbered: the welcome, and a notice if lines are gone or `since` is not valid in this room.
    pub greeting: Vec<String>,
    /// The kept lines that the client asked for. They are sent after the greeting.
    pub earlier_lines: NumberedLines,
    /// The client that the new member replaces. It is no longer a member.
    pub replaced: Option<ClientId>,
}

impl Room {
    /// Adds a member. All members, including the new one, receive a notice. No notice is sent if the new member
    /// replaces another one, or if there are too many members or notices.
    ///
    /// The earlier lines reach up to the room's newest line, and the new member receives every later line. So a client
    /// that joins with `since` receives each kept line after that number exactly once.
    pub fn join(
        &mut self,
        id: ClientId,
        request: JoinRequest,
        now: Instant,
        out: &mut impl RoomOutput,
    ) -> JoinOutcome {
        let replaced = self.member_to_replace(&request);
        let member = match replaced.and_then(|former| self.members.remove(&former)) {
            // There is no notice, because nothing has changed for the other members.
            Some(former) => former,
            None => self.new_member(&request, now),
        };
        let (greeting, earlier_lines) = self.greeting(&member.name, &request);
        self.steps += 1 + earlier_lines.parts().len() as u64;
        if member.is_announced && replaced.is_none() {
            out.to_all(
                self.history
                    .append(format_args!("* {} joined", member.name)),
            );
        }
        self.names.insert(member.name.clone(), id);
        self.members.insert(id, member);
        JoinOutcome {
            greeting,
            earlier_lines,
            replaced,
        }
    }

    /// Removes a member. The other members receive a notice if the join was announced and the limits allow a notice. A
    /// client that is not a member is ignored.
    pub fn leave(&mut self, id: ClientId, now: Instant, out: &mut impl RoomOutput) {
        let Some(member) = self.members.remove(&id) else {
            return;
        };
        self.names.remove(&member.name);
        self.steps += 1;
        if member.is_announced && self.notices.allow(self.members.len(), now) {
            out.to_all(self.history.append(format_args!("* {} left", member.name)));
        }
    }

    fn new_member(&mut self, request: &JoinRequest, now: Instant) -> Member {
        Member {
            name: match &request.name {
                Some(name) => self.names.find_free(name),
                None => self.names.next_guest(),
            },
            key: request.key.clone(),
            is_announced: self.notices.allow(self.members.len() + 1, now),
        }
    }

    fn member_to_replace(&self, request: &JoinRequest) -> Option<ClientId> {
        let id = self.names.get(request.name.as_ref()?)?;
        let member = self.members.get(&id)?;
        (request.key.is_some() && member.key == request.key).then_some(id)
    }

    fn greeting(&self, name: &Name, request: &JoinRequest) -> (Vec<String>, NumberedLines) {
        let mut greeting = vec![format!("* you are {name} in room {}", self.id)];
        let Some(wanted) = request.since else {
            return (greeting, NumberedLines::default());
        };
        let since = self.effective_since(request.since, request.room.as_deref());
        let is_this_room = request.room.as_ref().is_none_or(|room| **room == *self.id);
        if is_this_room && since == wanted {
            let gone = self.history.evicted_since(since);
            if gone > 0 {
                greeting.push(gap::notice(gone));
            }
        } else {
            // The number belongs to another room, or is too high for this one. It says nothing about this room's lines.
            greeting.push("* this is another room".to_owned());
        }
        (greeting, self.history.between(since, u64::MAX))
    }
}
