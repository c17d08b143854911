//! How the room takes somebody in: the name, the place of a former self, and the lines to begin with.

use std::sync::Arc;
use std::time::Instant;

use crate::name::Name;
use crate::server::id::ClientId;
use crate::server::room::{Delivery, Member, Room};

/// What somebody who joins asks for: the query of the URL.
#[derive(Clone, Debug, Default)]
pub struct Asked {
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
pub struct Joined {
    /// The lines that he gets before all others: the welcome, and those after `since`.
    pub greeting: Vec<Arc<str>>,
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
        asked: Asked,
        now: Instant,
        out: &mut impl Delivery,
    ) -> Joined {
        let replaced = self.whom_to_replace(&asked);
        let member = match replaced.and_then(|former| self.members.remove(&former)) {
            // The others have not noticed that anybody was gone, so there is nothing to tell them.
            Some(former) => former,
            None => {
                let name = self.free_name(asked.name.as_ref());
                let is_announced = self.notices.allow(self.members.len() + 1, now);
                Member {
                    name,
                    key: asked.key.clone(),
                    is_announced,
                }
            }
        };
        let greeting = self.greeting(&member.name, &asked);
        if member.is_announced && replaced.is_none() {
            out.to_all(
                &self
                    .history
                    .append(format_args!("* {} joined", member.name)),
            );
        }
        self.ids.insert(member.name.clone(), id);
        self.members.insert(id, member);
        Joined { greeting, replaced }
    }

    fn whom_to_replace(&self, asked: &Asked) -> Option<ClientId> {
        let id = *self.ids.get(asked.name.as_ref()?)?;
        let member = self.members.get(&id)?;
        (asked.key.is_some() && member.key == asked.key).then_some(id)
    }

    fn free_name(&mut self, wanted: Option<&Name>) -> Name {
        match wanted {
            Some(name) if !self.ids.contains_key(name) => name.clone(),
            Some(name) => self.first_free(2, |number| name.numbered(number)),
            None => {
                self.guests += 1;
                self.first_free(self.guests, Name::guest)
            }
        }
    }

    /// A name of these that nobody has, and whose number is as low as can be found in few steps: a crowd that joins with
    /// one name must not cost the hub a search through all of its bearers for each. The name before `first` is taken.
    fn first_free(&self, first: u64, name: impl Fn(u64) -> Name) -> Name {
        let is_taken = |number| self.ids.contains_key(&name(number));
        let (mut taken, mut free) = (first.saturating_sub(1), first);
        while is_taken(free) {
            (taken, free) = (free, free.saturating_mul(2));
        }
        while free - taken > 1 {
            let middle = taken + (free - taken) / 2;
            if is_taken(middle) {
                taken = middle
            } else {
                free = middle
            }
        }
        name(free)
    }

    fn greeting(&self, name: &Name, asked: &Asked) -> Vec<Arc<str>> {
        let mut greeting = vec![Arc::from(format!("* you are {name} in room {}", self.id))];
        let Some(since) = asked.since else {
            return greeting;
        };
        let is_this_room = asked.room.as_ref().is_none_or(|room| **room == *self.id);
        if is_this_room && since <= self.history.newest() {
            let gone = self.history.gone_since(since);
            if gone > 0 {
                greeting.push(Arc::from(format!("* {gone} lines are gone")));
            }
            greeting.extend(self.history.since(since));
        } else {
            // The numbers are another room's, of an earlier run perhaps. Nothing that they name can be missing here.
            greeting.push(Arc::from("* this is another room"));
            greeting.extend(self.history.since(0));
        }
        greeting
    }
}
