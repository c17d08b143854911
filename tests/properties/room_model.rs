//! A simple model of the room: it searches whole lists and does not limit its work.

use std::collections::BTreeMap;

use blocking_chat::base::gap;
use blocking_chat::base::id::ClientId;
use blocking_chat::base::name::MAX_CHARS;
use blocking_chat::server::room::history::kept::MAX_BYTES;

/// A line from the room, and its recipients.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SentLine {
    All(String),
    One(ClientId, String),
}

/// A client's request to join.
#[derive(Clone, Debug)]
pub struct Request {
    pub name: Option<String>,
    pub key: Option<String>,
    pub since: Option<u64>,
    pub room: Option<String>,
}

/// The reply to a request to join.
#[derive(Debug, Eq, PartialEq)]
pub struct Joined {
    pub greeting: Vec<String>,
    pub past: Vec<String>,
    pub replaced: Option<ClientId>,
}

/// One line from a member.
#[derive(Clone, Debug)]
pub enum Said {
    Text(String),
    Nick(String),
    Who,
}

#[derive(Debug)]
struct Member {
    name: String,
    key: Option<String>,
    is_announced: bool,
}

/// The model of a room whose names are all ASCII.
#[derive(Debug)]
pub struct Model {
    id: &'static str,
    max_kept: usize,
    members: BTreeMap<ClientId, Member>,
    /// Every public line of the room, notices included. The first line has number 1.
    lines: Vec<String>,
    guests: u64,
    /// The times at which joins and leaves were announced, in milliseconds like `now`.
    notices: Vec<u64>,
    pub now: u64,
    pub sent: Vec<SentLine>,
}

impl Model {
    pub fn new(id: &'static str, max_kept: usize) -> Model {
        Model {
            id,
            max_kept,
            members: BTreeMap::new(),
            lines: Vec::new(),
            guests: 0,
            notices: Vec::new(),
            now: 0,
            sent: Vec::new(),
        }
    }

    pub fn newest(&self) -> u64 {
        self.lines.len() as u64
    }

    /// Returns the kept lines with numbers after `since` and up to `until`.
    pub fn kept(&self, since: u64, until: u64) -> Vec<String> {
        let mut bytes = 0;
        let newest_first = self.lines.iter().rev().take(self.max_kept);
        let kept = newest_first.take_while(|line| {
            bytes += line.len();
            bytes <= MAX_BYTES
        });
        let first = self.lines.len() - kept.count();
        let numbered = (1..).zip(&self.lines).skip(first);
        let wanted = numbered.filter(|(number, _)| (since + 1..=until).contains(number));
        wanted.map(|(_, line)| line.clone()).collect()
    }

    pub fn join(&mut self, id: ClientId, request: &Request) -> Joined {
        let replaced = request.name.as_ref().and_then(|name| self.owner(name));
        let replaced = replaced
            .filter(|former| request.key.is_some() && self.members[former].key == request.key);
        let member = match replaced.and_then(|former| self.members.remove(&former)) {
            Some(former) => former,
            None => Member {
                name: match &request.name {
                    Some(name) => self.free(name),
                    None => self.guest(),
                },
                key: request.key.clone(),
                is_announced: self.may_announce(self.members.len() + 1),
            },
        };
        let mut greeting = vec![format!("* you are {} in room {}", member.name, self.id)];
        let past = self.past(request, &mut greeting);
        if member.is_announced && replaced.is_none() {
            self.say_to_all(format!("* {} joined", member.name));
        }
        self.members.insert(id, member);
        Joined {
            greeting,
            past,
            replaced,
        }
    }

    fn past(&self, request: &Request, greeting: &mut Vec<String>) -> Vec<String> {
        let Some(since) = request.since else {
            return Vec::new();
        };
        let is_here = request.room.as_ref().is_none_or(|room| room == self.id);
        if !is_here || since > self.newest() {
            greeting.push("* this is another room".to_owned());
            return self.kept(0, u64::MAX);
        }
        let past = self.kept(since, u64::MAX);
        let gone = self.newest() - since - past.len() as u64;
        if gone > 0 {
            greeting.push(gap::notice(gone));
        }
        past
    }

    pub fn leave(&mut self, id: ClientId) {
        if let Some(member) = self.members.remove(&id)
            && member.is_announced
            && self.may_announce(self.members.len())
        {
            self.say_to_all(format!("* {} left", member.name));
        }
    }

    pub fn say(&mut self, id: ClientId, lines: &[Said]) {
        for line in lines {
            let Some(member) = self.members.get(&id) else {
                return;
            };
            match line {
                Said::Text(text) => self.say_to_all(format!("{}: {text}", member.name)),
                Said::Nick(name) => self.rename(id, name),
                Said::Who => {
                    let names = self
                        .members
                        .values()
                        .take(100)
                        .map(|member| member.name.as_str());
                    let names = names.collect::<Vec<_>>().join(", ");
                    let more = match self.members.len().saturating_sub(100) {
                        0 => String::new(),
                        more => format!(", and {more} more"),
                    };
                    self.sent
                        .push(SentLine::One(id, format!("* here: {names}{more}")));
                }
            }
        }
    }

    /// Says and returns lines from a client that is not a member. Returns `None` if a member has the name.
    pub fn post(&mut self, name: &str, texts: &[String]) -> Option<Vec<String>> {
        if self.owner(name).is_some() {
            return None;
        }
        let before = self.lines.len();
        for text in texts {
            self.say_to_all(format!("{name}: {text}"));
        }
        Some(self.lines[before..].to_vec())
    }

    fn rename(&mut self, id: ClientId, name: &str) {
        let refusal = |why: String| SentLine::One(id, format!("* you keep your name: {why}"));
        let old = self.members[&id].name.clone();
        if self.owner(name).is_some_and(|owner| owner != id) {
            self.sent.push(refusal(format!("{name} is taken")));
        } else if old == name {
            self.sent.push(refusal(format!("you are {name} already")));
        } else {
            self.members.get_mut(&id).unwrap().name = name.to_owned();
            self.say_to_all(format!("* {old} is now {name}"));
        }
    }

    fn owner(&self, name: &str) -> Option<ClientId> {
        let mut members = self.members.iter();
        let found = members.find(|(_, member)| member.name.eq_ignore_ascii_case(name));
        found.map(|(id, _)| *id)
    }

    fn free(&self, wanted: &str) -> String {
        if self.owner(wanted).is_none() {
            return wanted.to_owned();
        }
        let numbered = |number: u64| {
            let suffix = format!("-{number}");
            let length = wanted.len().min(MAX_CHARS - suffix.len());
            format!("{}{suffix}", &wanted[..length])
        };
        let mut names = (2..).map(numbered);
        names.find(|name| self.owner(name).is_none()).unwrap()
    }

    fn guest(&mut self) -> String {
        loop {
            self.guests += 1;
            let name = format!("guest-{}", self.guests);
            if self.owner(&name).is_none() {
                return name;
            }
        }
    }

    fn may_announce(&mut self, members: usize) -> bool {
        let recent = self.notices.iter().filter(|then| self.now - **then < 1000);
        let may = members <= 100 && recent.count() < 20;
        if may {
            self.notices.push(self.now);
        }
        may
    }

    fn say_to_all(&mut self, what: String) {
        let line = format!("{} {what}", self.lines.len() + 1);
        self.lines.push(line.clone());
        self.sent.push(SentLine::All(line));
    }
}
