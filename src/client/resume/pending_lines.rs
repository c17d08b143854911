//! Our user's lines that have no receipt yet, in order. This module uses no socket and no thread.

use std::collections::VecDeque;

use crate::base::line;
use crate::client::resume::after_gap::{self, ReplayItem};

/// The maximum number of lines in flight: 1,000. A line is in flight if it has been sent but has no receipt yet.
pub const MAX_IN_FLIGHT: usize = 1_000;
/// The client stops sending when this many bytes are in flight: 256 KiB. The total may exceed this by up to one line.
pub(crate) const MAX_IN_FLIGHT_BYTES: usize = 256 * 1024;
/// The client rejects more text from a terminal while 16 MiB are pending. Only long pastes reach this limit.
pub const MAX_BYTES: usize = 16 << 20;

/// A line of our user.
#[derive(Clone, Debug, Eq, PartialEq)]
struct PendingLine {
    text: String,
    /// Whether the server treats the line as a command, which has no receipt.
    is_command: bool,
}

impl PendingLine {
    /// Returns the requested name, or `None` if this is not a `/nick`.
    fn new_name(&self) -> Option<&str> {
        let text = self.text.as_str();
        let (verb, name) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        (self.is_command && verb == "/nick").then_some(name.trim())
    }
}

/// All lines from the oldest one without a receipt to the newest one.
#[derive(Debug, Default)]
pub struct PendingLines {
    entries: VecDeque<PendingLine>,
    /// How many entries are in flight, counted from the first entry.
    in_flight: usize,
    /// How many lines have been removed from `entries` so far. It is the position of the first entry among all lines of this client.
    pub(crate) acknowledged: u64,
    /// Whether a line that begins with a slash is a command. If so, `//text` stands for the text `/text`.
    pub takes_commands: bool,
}

impl PendingLines {
    /// Returns whether there is room for another line from a pipe. If not, the input must wait in the pipe.
    pub(crate) fn takes_input(&self) -> bool {
        let count = self.entries.len();
        count < MAX_IN_FLIGHT && self.bytes(count) < MAX_IN_FLIGHT_BYTES
    }

    /// Returns whether there is room for more text from a terminal.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes(self.entries.len()) < MAX_BYTES
    }

    /// Returns whether a line is waiting to be sent.
    pub(crate) fn has_unsent(&self) -> bool {
        self.in_flight < self.entries.len()
    }

    /// Returns whether the lines in flight use at most half of each limit. If not, a receipt does not make the client send
    /// more lines. Without this rule, each receipt could start a thread.
    pub(crate) fn is_half_empty(&self) -> bool {
        let count = self.in_flight;
        count <= MAX_IN_FLIGHT / 2 && self.bytes(count) <= MAX_IN_FLIGHT_BYTES / 2
    }

    /// Adds a line to be sent.
    pub fn push(&mut self, text: &str) {
        let is_command = self.takes_commands && text.starts_with('/') && !text.starts_with("//");
        let text = text.to_owned();
        self.entries.push_back(PendingLine { text, is_command });
    }

    /// Returns the next line to send, in its form on the wire, or `None` if no line can be sent now. The line now counts as sent, because
    /// even a failed attempt may have sent it. `escapes` says whether the server treats lines with a leading slash as commands.
    pub fn next_unsent(&mut self, escapes: bool) -> Option<String> {
        let count = self.in_flight;
        if count >= MAX_IN_FLIGHT || self.bytes(count) >= MAX_IN_FLIGHT_BYTES {
            return None;
        }
        let text = &self.entries.get(count)?.text;
        self.in_flight += 1;
        let escape = escapes && !self.takes_commands && text.starts_with('/');
        Some(format!("{}{text}", if escape { "/" } else { "" }))
    }

    /// Returns the position after the last sent line. Positions count all lines of this client.
    pub fn position(&self) -> u64 {
        self.acknowledged + self.in_flight as u64
    }

    /// Drops all lines in flight before a position. Call it after a Pong, or if the server sends no receipts.
    pub fn acknowledge_to(&mut self, position: u64) {
        let count = position.saturating_sub(self.acknowledged);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.drop_first(count.min(self.in_flight));
    }

    /// Finds the first line in flight whose receipt has this text. Drops the line and everything sent before it, because the
    /// server handles lines in order. Returns whether it found a line.
    pub fn acknowledge(&mut self, text: &str) -> bool {
        let commands = self.takes_commands;
        self.drop_to(|entry| !entry.is_command && as_shown(&entry.text, commands) == text)
    }

    /// Handles a receipt whose text the server changed: drops the oldest non-command and the commands before it.
    pub(super) fn acknowledge_oldest(&mut self) {
        self.drop_to(|entry| !entry.is_command);
    }

    /// Drops the oldest line in flight if it is the answered command: a `/nick` if `is_nick`, else any other command.
    pub(super) fn acknowledge_command(&mut self, is_nick: bool) {
        let fits = |entry: &PendingLine| entry.is_command && entry.new_name().is_some() == is_nick;
        if self.entries.front().is_some_and(fits) {
            self.drop_first(self.in_flight.min(1));
        }
    }

    /// Drops the oldest `/nick` in flight that requested this name, which is now ours. Returns whether there was one. Lines
    /// before it stay, because they may still need a Pong.
    pub(super) fn acknowledge_rename(&mut self, name: &str) -> bool {
        let fits = |entry: &PendingLine| entry.new_name() == Some(name);
        let found = self.entries.range(..self.in_flight).position(fits);
        if let Some(found) = found {
            self.entries.remove(found);
            self.in_flight -= 1;
            self.acknowledged += 1;
        }
        found.is_some()
    }

    /// Returns whether a `/nick` is in flight.
    pub(super) fn may_rename(&self) -> bool {
        let mut in_flight = self.entries.range(..self.in_flight);
        in_flight.any(|entry| entry.new_name().is_some())
    }

    /// Decides from a replay which of the lines in flight were said ([`after_gap`]).
    ///
    /// Drops the lines that were said. Drops and returns the lines that may have been said. Other lines in flight will be sent again.
    pub(crate) fn resolve_after_replay(&mut self, items: &[ReplayItem]) -> Vec<String> {
        let in_flight = self.entries.range(..self.in_flight).enumerate();
        let lines: Vec<_> = in_flight.filter(|(_, entry)| !entry.is_command).collect();
        let shown = |(_, entry): &(usize, &PendingLine)| as_shown(&entry.text, self.takes_commands);
        let texts: Vec<String> = lines.iter().map(shown).collect();
        let said = after_gap::said(&texts, items);
        let resolved = lines.iter().take(*said.end());
        // Convert the count of lines to a count of entries, which also include commands.
        let entries = resolved.clone().next_back().map_or(0, |(at, _)| at + 1);
        let uncertain = resolved.skip(*said.start());
        let uncertain = uncertain.map(|(_, entry)| entry.text.clone()).collect();
        self.drop_first(entries);
        self.in_flight = 0;
        uncertain
    }

    /// Returns how many lines are in flight, not counting commands.
    pub fn uncertain(&self) -> u64 {
        self.count(0, self.in_flight)
    }

    /// Returns how many lines have not been sent, not counting commands.
    pub fn unsent(&self) -> u64 {
        self.count(self.in_flight, self.entries.len())
    }

    /// Returns the pending lines, oldest first. Skips commands.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let lines = self.entries.iter().filter(|entry| !entry.is_command);
        lines.map(|entry| entry.text.as_str())
    }

    /// Returns how many lines and commands are pending. Each redraw calls this, so it takes constant time.
    pub(crate) fn total(&self) -> usize {
        self.entries.len()
    }

    /// Returns the total size of the first `count` entries, in bytes.
    fn bytes(&self, count: usize) -> usize {
        let entries = self.entries.range(..count);
        entries.map(|entry| entry.text.len()).sum()
    }

    fn count(&self, from: usize, to: usize) -> u64 {
        let lines = self.entries.range(from..to);
        lines.filter(|entry| !entry.is_command).count() as u64
    }

    fn drop_to(&mut self, fits: impl Fn(&PendingLine) -> bool) -> bool {
        let found = self.entries.range(..self.in_flight).position(fits);
        self.drop_first(found.map_or(0, |found| found + 1));
        found.is_some()
    }

    fn drop_first(&mut self, count: usize) {
        self.entries.drain(..count);
        self.in_flight -= count;
        self.acknowledged += count as u64;
    }
}

/// Returns a line as the room shows it. If `commands` is set, a leading `//` becomes `/`. Unsafe characters are replaced.
fn as_shown(text: &str, commands: bool) -> String {
    let said = match text.strip_prefix('/') {
        Some(rest) if commands && rest.starts_with('/') => rest,
        _ => text,
    };
    line::clean(said).into_owned()
}
