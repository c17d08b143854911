//! How the room takes somebody in: the name, the place of a former self, and the lines to begin with.

use std::time::Instant;

use crate::base::gap;
use crate::base::id::ClientId;
use crate::base::name::Name;
use crate::server::room::history::chunk::Numbered;
use crate::server::room::{Member, Room, RoomOutput};

/// What somebody who joins asks for: the query of the URL.
#[derive(Clone, Debug, Default)]
pub struct JoinRequest {
    /// The name to bear; without one, the room makes up `guest-N`.
    pub name: Option<Name>,
    /// The number of the last line that is known already; without one, no earlier line is sent.
    pub since: Option<u64>,
    /// The room whose numbers `since` counts in; without one, this room.
    pub room: Option<String>,
    /// A secret. Who joins with a member's name and key takes that member's place.
    pub key: Option<String>,
}

/// What somebody gets who has joined.
#[derive(Debug)]
pub struct JoinOutcome {
    /// The lines without a number that it gets first: the welcome, and what there is to say about `since`.
    pub greeting: Vec<String>,
    /// The lines after `since`, which follow.
    pub past: Numbered,
    /// Whose place he has taken, if anybody's: that one is no member any more.
    pub replaced: Option<ClientId>,
}

impl Room {
    /// Takes somebody in, and tells the others if there are not too many of them. He hears of it himself too.
    ///
    /// The greeting ends with the newest line, and everything that is delivered from now on comes after it: nobody who
    /// asks for the lines since one gets a line twice, and none is missing in between.
    pub fn join(
        &mut self,
        id: ClientId,
        asked: JoinRequest,
        now: Instant,
        out: &mut impl RoomOutput,
    ) -> JoinOutcome {
        let replaced = self.whom_to_replace(&asked);
        let member = match replaced.and_then(|former| self.members.remove(&former)) {
            // The others have not noticed that anybody was gone, so there is nothing to tell them.
            Some(former) => former,
            None => self.new_member(&asked, now),
        };
        let (greeting, past) = self.greeting(&member.name, &asked);
        self.steps += 1 + past.parts().len() as u64;
        if member.is_announced && replaced.is_none() {
            out.to_all(
                &self
                    .history
                    .append(format_args!("* {} joined", member.name)),
            );
        }
        self.names.insert(member.name.clone(), id);
        self.members.insert(id, member);
        JoinOutcome {
            greeting,
            past,
            replaced,
        }
    }

    fn new_member(&mut self, asked: &JoinRequest, now: Instant) -> Member {
        Member {
            name: match &asked.name {
                Some(name) => self.names.free(name),
                None => self.names.guest(),
            },
            key: asked.key.clone(),
            is_announced: self.notices.allow(self.members.len() + 1, now),
        }
    }

    fn whom_to_replace(&self, asked: &JoinRequest) -> Option<ClientId> {
        let id = self.names.get(asked.name.as_ref()?)?;
        let member = self.members.get(&id)?;
        (asked.key.is_some() && member.key == asked.key).then_some(id)
    }

    fn greeting(&self, name: &Name, asked: &JoinRequest) -> (Vec<String>, Numbered) {
        let mut greeting = vec![format!("* you are {name} in room {}", self.id)];
        let Some(wanted) = asked.since else {
            return (greeting, Numbered::default());
        };
        let since = self.count_from(asked.since, asked.room.as_deref());
        let is_this_room = asked.room.as_ref().is_none_or(|room| **room == *self.id);
        if is_this_room && since == wanted {
            let gone = self.history.gone_since(since);
            if gone > 0 {
                greeting.push(gap::sentence(gone));
            }
        } else {
            // The numbers are another room's, of an earlier run perhaps. Nothing that they name can be missing here.
            greeting.push("* this is another room".to_owned());
        }
        (greeting, self.history.between(since, u64::MAX))
    }
}
