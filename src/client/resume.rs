//! What a client remembers of the chat from one connection to the next. No socket, no thread.
//!
//! # Nothing lost, nothing doubled
//! When a connection is lost, its client does not know which of the lines in flight were said. The numbers tell: a line
//! that was said has one. On the next connection `since` brings every line after the last one that was seen. So each
//! connection begins with a *replay*: the client sends a Ping and no line. The lines before its Pong are all that was
//! said meanwhile. (The server replaces the old connection when it accepts the new one, so nothing more can be said
//! through the old one.) Among them are those of ours that were said. The others were not, and are sent again, in
//! order.
//!
//! If the server has dropped some lines by then, `* 12 lines are gone` comes first. Our lines behind such a gap tell
//! how many of ours are in it ([`after_gap`]). Lines for which that stays uncertain are reported, and not said again.
//!
//! A gap may also come in the middle of a connection: the client was too slow for a live stream. A receipt may be in
//! the gap, so the client sends a Ping. The Pong proves that what was sent before it has been said. If the connection
//! is lost before the Pong, the next one asks again for everything after the last line before the gap. If that one is
//! lost too, the one after it goes on where the replay has ended.
//!
//! A gap may also hide the notice that our own `/nick` gave us another name. In the middle of a connection, the client
//! then connects again and asks for the lines of the gap. If they are no longer kept, all lines in flight are uncertain.
//! A client that may not connect again learns its name from the next line of its own.
//!
//! Lines under our name are ours until the notice that it has left: then another client may have it.

pub mod after_gap;
pub mod pending_lines;
pub mod replay;

use crate::base::gap;
use crate::base::line;
use crate::client::resume::after_gap::Told;
use crate::client::resume::pending_lines::PendingLines;
use crate::client::resume::replay::{Replay, ServerKind, Unproven};

/// What a client remembers.
#[derive(Debug, Default)]
pub struct ResumeState {
    /// What was typed here and has no receipt yet.
    pub pending: PendingLines,
    /// Our name as the server has it, if it has told us.
    pub name: Option<String>,
    room: Option<String>,
    /// The number of the newest line that was shown, or that is in a gap which a Pong has closed.
    newest: Option<u64>,
    /// The number of the last line on this connection, or the one before its first.
    last: Option<u64>,
    /// How many lines after it are gone, according to the server.
    gone: u64,
    /// Set after a gap in the middle of a connection, which may hide receipts.
    unproven: Option<Unproven>,
    /// What is known of the server on this connection, from its first text on.
    pub server: ServerKind,
    /// The replay, while lines may be older than the connection.
    replay: Option<Replay>,
}

/// What a line tells a client that shows it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Heard {
    /// How many lines before it are missing without a notice from the server.
    pub missing: u64,
    /// Whether it was shown before.
    pub is_old: bool,
    /// Whether a receipt may be missing, so that a Ping is due.
    pub wants_ping: bool,
}

impl ResumeState {
    /// Begins a new connection, whose URL had the parameters of [`ResumeState::to_ask`]. Its lines are from the past
    /// until [`ResumeState::caught_up`].
    pub fn begin(&mut self) {
        self.last = self.since();
        self.gone = 0;
        self.server = ServerKind::Unknown;
        let is_blind = self.last.unwrap_or(0) == 0;
        let unproven = self.unproven.as_ref();
        let own_name = unproven.map_or(&self.name, |unproven| &unproven.own_name);
        // An interrupted replay continues: the lines that it has read will not come again.
        self.replay.get_or_insert_with(|| Replay {
            own_name: own_name.clone(),
            is_blind,
            ..Replay::default()
        });
    }

    /// Takes a line from the server.
    pub fn hear(&mut self, line: &str) -> Heard {
        if self.server == ServerKind::Unknown && self.is_plain(line) {
            self.server = ServerKind::Plain;
            self.pending.acknowledge_to(u64::MAX);
        }
        if self.server == ServerKind::Plain {
            return Heard::default();
        }
        match (line::number(line), gap::parse(line)) {
            (Some(number), _) => self.hear_numbered(number, line),
            (None, Some(gone)) => {
                self.gone = self.gone.saturating_add(gone);
                let wants_ping = self.note_gap(gone);
                Heard {
                    wants_ping,
                    ..Heard::default()
                }
            }
            (None, None) => {
                // The answer to an earlier command may be in the gap. The Pong decides.
                if self.replay.is_none() && self.unproven.is_none() {
                    let is_nick = line.starts_with("* you keep your name: ");
                    self.pending.acknowledge_command(is_nick);
                }
                Heard::default()
            }
        }
    }

    fn hear_numbered(&mut self, number: u64, line: &str) -> Heard {
        let before = number.saturating_sub(1);
        let jump = self.last.map_or(0, |last| before.saturating_sub(last));
        let missing = jump.saturating_sub(self.gone);
        let wants_ping = missing > 0 && self.note_gap(missing);
        self.last = Some(number);
        self.gone = 0;
        let is_old = self.newest >= Some(number);
        self.newest = self.newest.max(Some(number));
        if let (Some(_), Some(unproven)) = (&self.replay, &mut self.unproven) {
            // If the replay is broken off, the next one begins behind this line.
            unproven.since = number;
        }
        self.hear_said(line.split_once(' ').map_or("", |(_, said)| said));
        Heard {
            missing,
            is_old,
            wants_ping,
        }
    }

    /// Notes that receipts may be missing. Returns whether only a Pong can tell.
    fn note_gap(&mut self, gone: u64) -> bool {
        if let Some(replay) = &mut self.replay {
            replay.told.push(Told::Gone(gone));
            return false;
        }
        let is_in_flight = self.pending.position() > self.pending.acknowledged;
        if is_in_flight {
            self.unproven.get_or_insert_with(|| Unproven {
                since: self.newest.unwrap_or(0),
                own_name: self.name.clone(),
            });
        }
        is_in_flight
    }

    /// Whether a gap may hide the notice that we have another name. Then only a replay tells which name we have.
    pub fn may_miss_name(&self) -> bool {
        self.unproven.is_some() && self.pending.may_rename()
    }

    /// A Pong has come: all lines before this position were said. Their receipts have arrived, or are in reported gaps.
    /// So each gap up to here is closed, even one that was reported after the Ping was sent.
    pub fn prove_to(&mut self, position: u64) {
        if self.may_miss_name() {
            self.name = None;
        }
        self.pending.acknowledge_to(position);
        self.unproven = None;
        // What is gone is not asked for again: the receipt of a proved line would be taken for that of an equal line.
        let told = self.last.map(|last| last.saturating_add(self.gone));
        self.newest = self.newest.max(told);
    }

    /// Parses the first text of a connection as `* you are NAME in room ID`. Returns whether it is something else.
    fn is_plain(&mut self, line: &str) -> bool {
        let welcome = line.strip_prefix("* you are ");
        let Some((name, room)) = welcome.and_then(|rest| rest.split_once(" in room ")) else {
            return true;
        };
        self.server = ServerKind::Numbering;
        if self.room.as_deref() != Some(room) {
            // Our numbers are another room's; nothing that we said there counts here.
            (self.newest, self.last, self.unproven) = (None, None, None);
            self.replay = self.replay.is_some().then(Replay::default);
        }
        self.room = Some(room.to_owned());
        self.name = Some(name.to_owned());
        false
    }

    /// Takes the text of a numbered line, without its number.
    fn hear_said(&mut self, said: &str) {
        let own = match &self.replay {
            Some(replay) => &replay.own_name,
            None => &self.name,
        };
        let (name, text) = said.split_once(": ").unwrap_or_default();
        let Some(own) = own.as_deref() else {
            let is_live = self.replay.is_none() && self.unproven.is_none();
            if is_live && self.pending.acknowledge(text) {
                // Our name was in a gap. It is that of the member that says our lines.
                self.name = Some(name.to_owned());
            }
            return;
        };
        if let Some(notice) = said.strip_prefix("* ") {
            let what = notice.strip_prefix(own).unwrap_or_default().to_owned();
            return self.hear_notice(&what);
        }
        if name != own {
            return;
        }
        match &mut self.replay {
            Some(replay) if replay.is_blind || !replay.told.is_empty() => {
                replay.told.push(Told::Heard(text.to_owned()))
            }
            Some(_) => _ = self.pending.acknowledge(text),
            // The receipt of an equal line may be in the gap. The Pong decides.
            None if self.unproven.is_some() => {}
            None if self.pending.acknowledge(text) => {}
            None => self.pending.acknowledge_oldest(),
        }
    }

    /// Takes a notice about our name, without that name.
    fn hear_notice(&mut self, what: &str) {
        let new = what.strip_prefix(" is now ");
        let was_asked_for = new.is_some_and(|new| self.pending.acknowledge_rename(new));
        match (&mut self.replay, new) {
            (Some(replay), _) => replay.hear_notice(what, new, was_asked_for),
            (None, Some(new)) => self.name = Some(new.to_owned()),
            (None, None) => {}
        }
    }

    /// The Pong has come: from now on lines are live. Returns the lines that may have been said or not; they are not
    /// said again.
    ///
    /// Returns `None` if the client must connect again: the server had already given us another name, so this
    /// connection has not taken the old one's place.
    pub fn caught_up(&mut self) -> Option<Vec<String>> {
        let Some(mut replay) = self.replay.take() else {
            return Some(Vec::new());
        };
        if replay.new_name.is_some() && replay.new_name != self.name {
            self.name = replay.new_name.take();
            self.replay = Some(replay);
            return None;
        }
        // The notice of another name may be in a gap. Then receipts may carry either name.
        let may_miss_name = !replay.told.is_empty() && self.pending.may_rename();
        if may_miss_name || replay.is_ambiguous || self.server != ServerKind::Numbering {
            // Nothing tells what became of the lines in flight.
            replay.told = vec![Told::Gone(u64::MAX)];
        }
        self.unproven = None;
        Some(self.pending.settle(&replay.told))
    }

    /// The number after which lines are to be asked for. With none, it is 0 if lines are in flight: any line in the
    /// room may be one of them.
    fn since(&self) -> Option<u64> {
        let any = (self.pending.uncertain() > 0).then_some(0);
        let unproven = self.unproven.as_ref().map(|unproven| unproven.since);
        unproven.or(self.newest).or(any)
    }

    /// What to ask for on the next connection: parameters of the URL, and their values.
    pub fn to_ask(&self) -> Vec<(&'static str, String)> {
        let since = self.since().map(|since| since.to_string());
        let (name, room) = (self.name.clone(), self.room.clone());
        let ask = [("name", name), ("room", room), ("since", since)];
        let ask = ask.into_iter();
        ask.filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
