//! What a client remembers of the chat from one connection to the next. No socket, no thread.
//!
//! # Nothing lost, nothing doubled
//! When a connection dies, nobody knows which of the lines in flight were said. The numbers tell: a line that was said
//! has one, and on the next connection `since` brings every line after the last one that was seen. So each connection
//! begins by *catching up*: it sends a Ping and no line. The lines that come before its Pong are all that was said
//! meanwhile (the server replaces the old connection when it lets us in, so nothing more can be said through that), and
//! among them are those of ours that were said. The others were not, and are sent again, in their order.
//!
//! Lines that our name has said are ours up to the notice that it has left: after that, another may have taken it.

pub mod catching_up;
pub mod ledger;

use crate::base::line;
use crate::client::memory::catching_up::{CatchingUp, CaughtUp, Server};
use crate::client::memory::ledger::Ledger;

/// What a client remembers.
#[derive(Debug, Default)]
pub struct Memory {
    /// What was said here and has no receipt yet.
    pub ledger: Ledger,
    /// Our name as the server has it.
    name: Option<String>,
    room: Option<String>,
    /// The number of the newest line that was seen in the room.
    newest: Option<u64>,
    /// What is known of the server on this connection, from its first text on.
    server: Server,
    /// Until when lines may be those from before the connection.
    catching_up: Option<CatchingUp>,
}

impl Memory {
    /// A new connection begins. With `catches_up`, lines are from the past until [`Memory::caught_up`].
    pub fn begin(&mut self, catches_up: bool) {
        self.server = Server::Unknown;
        self.catching_up = catches_up.then(|| CatchingUp {
            was: self.name.clone(),
            ..CatchingUp::default()
        });
    }

    /// Looks at a line from the server. Returns how many lines before it are missing.
    pub fn hear(&mut self, line: &str) -> u64 {
        if self.server == Server::Unknown && self.is_plain(line) {
            self.server = Server::Plain;
            self.ledger.settle_lines();
        }
        if self.server == Server::Plain {
            return 0;
        }
        match line::number(line) {
            None => {
                self.hear_alone(line);
                0
            }
            Some(number) => {
                let missing = self.missing_before(number);
                self.newest = Some(number);
                self.hear_said(line.split_once(' ').map_or("", |(_, said)| said));
                missing
            }
        }
    }

    fn missing_before(&self, number: u64) -> u64 {
        let is_said = |past: &CatchingUp| past.lines_are_gone;
        match self.newest {
            // The server itself has said how many.
            _ if self.catching_up.as_ref().is_some_and(is_said) => 0,
            Some(newest) => number.saturating_sub(newest.saturating_add(1)),
            None => 0,
        }
    }

    /// Takes the first text of a connection as a welcome. Returns whether it is none.
    fn is_plain(&mut self, line: &str) -> bool {
        let Some((name, room)) = welcome(line) else {
            return true;
        };
        self.server = Server::Numbering;
        if self.room.as_deref() != Some(room) {
            // The numbers are another room's, and nothing that we said there is known here.
            self.newest = None;
            if let Some(catching_up) = &mut self.catching_up {
                catching_up.was = None;
            }
        }
        self.room = Some(room.to_owned());
        self.name = Some(name.to_owned());
        false
    }

    /// A line without a number: it is for us alone.
    fn hear_alone(&mut self, line: &str) {
        match &mut self.catching_up {
            Some(catching_up) if line.ends_with(" lines are gone") => {
                catching_up.lines_are_gone = true;
            }
            Some(_) => {}
            None => self.ledger.answer(),
        }
    }

    /// A line with a number, which is given without it.
    fn hear_said(&mut self, said: &str) {
        let own = match &self.catching_up {
            Some(catching_up) => catching_up.was.as_deref(),
            None => self.name.as_deref(),
        };
        let Some(own) = own else {
            return;
        };
        if let Some(notice) = said.strip_prefix("* ") {
            let what = notice.strip_prefix(own).unwrap_or_default();
            if let Some(new) = what.strip_prefix(" is now ") {
                let new = new.to_owned();
                self.rename(new);
            } else if let (" left", Some(catching_up)) = (what, &mut self.catching_up) {
                catching_up.was = None;
            }
            return;
        }
        let (name, text) = said.split_once(": ").unwrap_or_default();
        if name == own && !self.ledger.receipt(text) && self.catching_up.is_none() {
            self.ledger.any_receipt();
        }
    }

    fn rename(&mut self, new: String) {
        self.ledger.answer();
        match &mut self.catching_up {
            Some(catching_up) => {
                catching_up.renamed = true;
                catching_up.was = Some(new);
            }
            None => self.name = Some(new),
        }
    }

    /// The Pong has come: from now on lines are live.
    pub fn caught_up(&mut self) -> CaughtUp {
        let Some(past) = self.catching_up.take() else {
            return CaughtUp::Uncertain(Vec::new());
        };
        if let (true, Some(name)) = (past.renamed, past.was) {
            self.name = Some(name);
            return CaughtUp::Return;
        }
        let uncertain = if past.lines_are_gone || self.server != Server::Numbering {
            self.ledger.take_sent()
        } else {
            Vec::new()
        };
        self.ledger.unsend();
        CaughtUp::Uncertain(uncertain)
    }

    /// Whether the server is of a kind from which no receipts are expected.
    pub fn is_plain_server(&self) -> bool {
        self.server == Server::Plain
    }

    /// Whether the server has not sent a text on this connection.
    pub fn is_silent_server(&self) -> bool {
        self.server == Server::Unknown
    }

    /// Our name as the server has it, if it has told us.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What to ask for on the next connection: parameters of the URL, and their values.
    pub fn to_ask(&self) -> Vec<(&'static str, String)> {
        let mut ask = Vec::new();
        ask.extend(self.name.clone().map(|name| ("name", name)));
        ask.extend(self.room.clone().map(|room| ("room", room)));
        // Without a number, but with lines in flight, these may be any in the room.
        let since = self
            .newest
            .or_else(|| (self.ledger.uncertain() > 0).then_some(0));
        ask.extend(since.map(|since| ("since", since.to_string())));
        ask
    }
}

/// The name and the room in `* you are NAME in room ID`.
fn welcome(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("* you are ")?.split_once(" in room ")
}
