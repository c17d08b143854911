//! What a client remembers of the chat from one connection to the next. This module uses no socket and no thread.
//!
//! # No line is lost or said twice
//! A line is *said* when the room has numbered it. When a connection is lost, the client does not know which of its lines in
//! flight were said. So each connection begins with a *replay*. The URL's `since` requests every line after the last one that
//! was shown. The client sends a Ping but no lines, and reads until the Pong. By then, it has received every line that it had
//! missed. (The server replaces the old connection when it accepts the new one, so nothing more can be said through the old
//! one.) Our lines in the replay were said. The client sends the other lines in flight again, in order.
//!
//! If the server no longer has all requested lines, it first sends `* 12 lines are gone`. Our lines after such a gap show
//! how many of our lines are in it ([`after_gap`]). The client reports lines that remain uncertain, and does not repeat them.
//!
//! A gap may also occur in the middle of a connection, if the client is too slow for the live stream. A receipt may be in
//! the gap, so the client sends a Ping. The Pong proves that everything sent before the Ping has been said. If the
//! connection is lost before the Pong arrives, the next connection requests all lines from the beginning of the gap. If
//! that replay is interrupted, the next replay continues where it stopped.
//!
//! A gap may also hide the notice that our own `/nick` changed our name. If the gap is in the middle of a connection, the
//! client reconnects and requests the lines of the gap. If the server no longer has them, all lines in flight are
//! uncertain. With `--no-reconnect`, the client learns its name from the receipt of its next line.
//!
//! Lines under our name are ours until a notice says that we have left. After that, another client may have our name.

pub mod after_gap;
pub mod pending_lines;
pub mod replay;

use crate::base::gap;
use crate::base::line;
use crate::client::resume::after_gap::ReplayItem;
use crate::client::resume::pending_lines::PendingLines;
use crate::client::resume::replay::{Replay, ServerKind, Unproven};

/// What a client remembers from one connection to the next.
#[derive(Debug, Default)]
pub struct ResumeState {
    /// Our user's lines that have no receipt yet.
    pub pending: PendingLines,
    /// Our name in the room, or `None` if it is unknown.
    pub name: Option<String>,
    room: Option<String>,
    /// The highest line number that was shown. When a Pong closes a gap, the lines in the gap count as shown.
    newest: Option<u64>,
    /// The number of the last line on this connection. Before the first line, it is the requested `since`, if any.
    last: Option<u64>,
    /// How many lines after `last` are gone, according to the server.
    gone: u64,
    /// Set while a gap in the middle of a connection may hide receipts. A Pong or a replay clears it.
    unproven: Option<Unproven>,
    /// The kind of server, known from the first line on this connection.
    pub server: ServerKind,
    /// The replay, or `None` after its end. During the replay, lines may be older than the connection.
    replay: Option<Replay>,
}

/// What the client must know about a line that it has received.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LineInfo {
    /// How many lines before this one are missing, although the server sent no notice of a gap.
    pub missing: u64,
    /// Whether the line has been shown before.
    pub is_old: bool,
    /// Whether the client must send a Ping, because a receipt may be missing.
    pub wants_ping: bool,
}

impl ResumeState {
    /// Begins a new connection, whose URL had the parameters of [`ResumeState::url_parameters`]. Its lines belong to the
    /// replay until [`ResumeState::end_replay`].
    pub fn begin(&mut self) {
        self.last = self.since();
        self.gone = 0;
        self.server = ServerKind::Unknown;
        let is_blind = self.last.unwrap_or(0) == 0;
        let unproven = self.unproven.as_ref();
        let own_name = unproven.map_or(&self.name, |unproven| &unproven.own_name);
        // An interrupted replay continues, because the server will not repeat the lines that it has already sent.
        self.replay.get_or_insert_with(|| Replay {
            own_name: own_name.clone(),
            is_blind,
            ..Replay::default()
        });
    }

    /// Handles a line from the server. The result says how to show the line, and whether to send a Ping.
    pub fn on_line(&mut self, line: &str) -> LineInfo {
        if self.server == ServerKind::Unknown && self.is_plain(line) {
            self.server = ServerKind::Plain;
            self.pending.acknowledge_to(u64::MAX);
        }
        if self.server == ServerKind::Plain {
            return LineInfo::default();
        }
        let mut info = LineInfo::default();
        if let Some(number) = line::number(line) {
            info = self.on_numbered(number, line);
        } else if let Some(gone) = gap::parse(line) {
            self.gone = self.gone.saturating_add(gone);
            info.wants_ping = self.on_gap(gone);
        } else if self.replay.is_none() && self.unproven.is_none() {
            // An unnumbered line answers the oldest command. After a gap, it may answer a later command, so the Pong
            // decides.
            let is_nick = line.starts_with("* you keep your name: ");
            self.pending.acknowledge_command(is_nick);
        }
        info
    }

    fn on_numbered(&mut self, number: u64, line: &str) -> LineInfo {
        let before = number.saturating_sub(1);
        let jump = self.last.map_or(0, |last| before.saturating_sub(last));
        let missing = jump.saturating_sub(self.gone);
        let wants_ping = missing > 0 && self.on_gap(missing);
        self.last = Some(number);
        self.gone = 0;
        let is_old = self.newest >= Some(number);
        self.newest = self.newest.max(Some(number));
        if let (Some(_), Some(unproven)) = (&self.replay, &mut self.unproven) {
            // If this replay is interrupted, the next one begins after this line.
            unproven.since = number;
        }
        self.on_said(line.split_once(' ').map_or("", |(_, said)| said));
        LineInfo {
            missing,
            is_old,
            wants_ping,
        }
    }

    /// Handles a gap of `gone` lines. Returns whether the client must send a Ping, because the gap may hide receipts.
    fn on_gap(&mut self, gone: u64) -> bool {
        if let Some(replay) = &mut self.replay {
            replay.items.push(ReplayItem::Gap(gone));
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

    /// Returns whether a gap may hide the notice of our new name. If so, only a replay or a receipt shows our name.
    pub fn may_miss_name(&self) -> bool {
        self.unproven.is_some() && self.pending.may_rename()
    }

    /// Handles a Pong, which proves that all our lines before `position` were said. Their receipts have arrived, or are
    /// in reported gaps. So the Pong closes each earlier gap, even if it was reported after the Ping was sent.
    pub fn on_pong(&mut self, position: u64) {
        if self.may_miss_name() {
            self.name = None;
        }
        self.pending.acknowledge_to(position);
        self.unproven = None;
        // Never request the lines in these gaps: a receipt there could be mistaken for that of an equal line in flight.
        let proven = self.last.map(|last| last.saturating_add(self.gone));
        self.newest = self.newest.max(proven);
    }

    /// Reads our name and the room from a first line `* you are NAME in room ID`. Returns `true` for any other line.
    fn is_plain(&mut self, line: &str) -> bool {
        let welcome = line.strip_prefix("* you are ");
        let Some((name, room)) = welcome.and_then(|rest| rest.split_once(" in room ")) else {
            return true;
        };
        self.server = ServerKind::Numbering;
        if self.room.as_deref() != Some(room) {
            // The remembered numbers belong to another room. Lines in flight may have been said there, but not here.
            (self.newest, self.last, self.unproven) = (None, None, None);
            self.replay = self.replay.is_some().then(Replay::default);
        }
        self.room = Some(room.to_owned());
        self.name = Some(name.to_owned());
        false
    }

    /// Handles the text of a numbered line, without its number.
    fn on_said(&mut self, said: &str) {
        let replay = self.replay.as_ref();
        let own = replay.map_or(&self.name, |replay| &replay.own_name);
        let (name, text) = said.split_once(": ").unwrap_or_default();
        let Some(own) = own.as_deref() else {
            let is_live = self.replay.is_none() && self.unproven.is_none();
            if is_live && self.pending.acknowledge(text) {
                // A gap hid our name. This line is ours, so the name before its text is our name.
                self.name = Some(name.to_owned());
            }
            return;
        };
        if let Some(notice) = said.strip_prefix("* ") {
            let what = notice.strip_prefix(own).unwrap_or_default().to_owned();
            return self.on_notice(&what);
        }
        if name != own {
            return;
        }
        match &mut self.replay {
            Some(replay) if replay.is_blind || !replay.items.is_empty() => {
                replay.items.push(ReplayItem::OwnLine(text.to_owned()))
            }
            Some(_) => _ = self.pending.acknowledge(text),
            // A gap may hide the receipt of an equal line, so this line proves nothing. The Pong decides.
            None if self.unproven.is_some() => {}
            None if self.pending.acknowledge(text) => {}
            None => self.pending.acknowledge_oldest(),
        }
    }

    /// Handles a notice. `what` is the part after our name, or empty if the notice does not begin with our name.
    fn on_notice(&mut self, what: &str) {
        let new = what.strip_prefix(" is now ");
        let was_requested = new.is_some_and(|new| self.pending.acknowledge_rename(new));
        match (&mut self.replay, new) {
            (Some(replay), _) => replay.on_notice(what, new, was_requested),
            (None, Some(new)) => self.name = Some(new.to_owned()),
            (None, None) => {}
        }
    }

    /// Ends the replay, so later lines are live. Returns the lines that may or may not have been said. The client does not
    /// send them again.
    ///
    /// Returns `None` if the client must reconnect, because the replay has shown that our name had changed. This connection
    /// used the old name, so it has not replaced the old connection.
    pub fn end_replay(&mut self) -> Option<Vec<String>> {
        let Some(mut replay) = self.replay.take() else {
            return Some(Vec::new());
        };
        if replay.new_name.is_some() && replay.new_name != self.name {
            self.name = replay.new_name.take();
            self.replay = Some(replay);
            return None;
        }
        // A gap may hide the notice of our new name. If so, receipts may carry the old name or the new one.
        let may_miss_name = !replay.items.is_empty() && self.pending.may_rename();
        if may_miss_name || replay.is_ambiguous || self.server != ServerKind::Numbering {
            // In these cases, nothing shows which of the lines in flight were said.
            replay.items = vec![ReplayItem::Gap(u64::MAX)];
        }
        self.unproven = None;
        Some(self.pending.resolve_after_replay(&replay.items))
    }

    /// Returns the number after which to request lines. If no number is known but lines are in flight, the result is 0,
    /// because any line in the room may be one of ours.
    fn since(&self) -> Option<u64> {
        let any = (self.pending.uncertain() > 0).then_some(0);
        let unproven = self.unproven.as_ref().map(|unproven| unproven.since);
        unproven.or(self.newest).or(any)
    }

    /// Returns the URL parameters for the next connection, and their values.
    pub fn url_parameters(&self) -> Vec<(&'static str, String)> {
        let since = self.since().map(|since| since.to_string());
        let (name, room) = (self.name.clone(), self.room.clone());
        let all = [("name", name), ("room", room), ("since", since)].into_iter();
        all.filter_map(|(key, value)| Some((key, value?))).collect()
    }
}
