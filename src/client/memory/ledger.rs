//! What was said here and has no receipt yet, in its order. No socket, no thread.

use std::collections::VecDeque;

use tungstenite::{Bytes, Message};

use crate::base::line;

/// The payload of the Ping after the last line. Its Pong means that all receipts have come.
pub const END_OF_INPUT: &[u8] = b"end of input";

/// How many lines may wait for a receipt: 10,000.
pub const MAX_LINES: usize = 10_000;

/// How many bytes they may have together: 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

/// What the client sends.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Entry {
    /// A line that comes back with a number: that is its receipt.
    Line(String),
    /// A line beginning with a slash. Its answer has no number.
    Command(String),
    /// The Ping after the last line.
    End,
}

/// Everything from the oldest line without a receipt to the newest that was typed.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: VecDeque<Entry>,
    /// The first so many of them have been given to a socket.
    sent: usize,
    bytes: usize,
    settled: u64,
}

impl Ledger {
    /// Whether there is room for one more line, however long.
    pub fn has_room(&self) -> bool {
        self.entries.len() < MAX_LINES && self.bytes < MAX_BYTES
    }

    /// Whether something waits to be sent.
    pub fn has_unsent(&self) -> bool {
        self.sent < self.entries.len()
    }

    /// Takes a line that is to be sent.
    pub fn push(&mut self, line: &str) {
        self.bytes += line.len();
        let is_command = line.starts_with('/') && !line.starts_with("//");
        self.entries.push_back(if is_command {
            Entry::Command(line.to_owned())
        } else {
            Entry::Line(line.to_owned())
        });
    }

    /// Notes that nothing comes any more.
    pub fn end(&mut self) {
        self.entries.push_back(Entry::End);
    }

    /// What is to be sent next. It counts as sent from now on: it may have been, whatever becomes of the attempt.
    pub fn next_unsent(&mut self) -> Option<Message> {
        let message = match self.entries.get(self.sent)? {
            Entry::Line(line) | Entry::Command(line) => Message::text(line),
            Entry::End => Message::Ping(Bytes::from_static(END_OF_INPUT)),
        };
        self.sent += 1;
        Some(message)
    }

    /// Looks for the line that this text is the receipt of, and drops it with all that was sent before it: the server
    /// takes lines in their order. Returns whether there was one.
    pub fn receipt(&mut self, text: &str) -> bool {
        let is_this = |entry: &Entry| match entry {
            Entry::Line(line) => as_heard(line) == text,
            Entry::Command(_) | Entry::End => false,
        };
        self.drop_to(is_this)
    }

    /// Drops the oldest line that was sent, whatever its text: for a server that changes what it hands on.
    pub fn any_receipt(&mut self) {
        self.drop_to(|entry| matches!(entry, Entry::Line(_)));
    }

    /// Drops the oldest entry if it is a command: the server has said something to it.
    pub fn answer(&mut self) {
        if matches!(self.entries.front(), Some(Entry::Command(_))) && self.sent > 0 {
            self.drop_first(1);
        }
    }

    /// All of what was sent has its receipt.
    pub fn settle(&mut self) {
        self.drop_first(self.sent);
    }

    /// The lines that were sent will never get a receipt; the Ping after the last one still gets its Pong.
    pub fn settle_lines(&mut self) {
        let end = matches!(self.entries.back(), Some(Entry::End)) && !self.has_unsent();
        self.drop_first(self.sent - usize::from(end));
    }

    /// Nothing of what is here was received: all of it is to be sent again.
    pub fn unsend(&mut self) {
        self.sent = 0;
    }

    /// Takes out the lines that were sent.
    pub fn take_sent(&mut self) -> Vec<String> {
        let sent: Vec<Entry> = self.entries.range(..self.sent).cloned().collect();
        self.settle();
        if sent.contains(&Entry::End) {
            self.end();
        }
        let lines = sent.into_iter().filter_map(|entry| match entry {
            Entry::Line(line) => Some(line),
            Entry::Command(_) | Entry::End => None,
        });
        lines.collect()
    }

    /// How many entries have been dropped so far, because they have what they waited for or will never get it.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// How many lines were sent and have no receipt.
    pub fn uncertain(&self) -> u64 {
        self.count(0, self.sent)
    }

    /// How many lines have not been sent at all.
    pub fn unsent(&self) -> u64 {
        self.count(self.sent, self.entries.len())
    }

    fn count(&self, from: usize, to: usize) -> u64 {
        let lines = self.entries.range(from..to);
        lines
            .filter(|entry| matches!(entry, Entry::Line(_)))
            .count() as u64
    }

    fn drop_to(&mut self, is_it: impl Fn(&Entry) -> bool) -> bool {
        let found = self.entries.iter().take(self.sent).position(is_it);
        if let Some(found) = found {
            self.drop_first(found + 1);
        }
        found.is_some()
    }

    fn drop_first(&mut self, count: usize) {
        let bytes: usize = self.entries.drain(..count).map(|entry| entry.bytes()).sum();
        self.bytes -= bytes;
        self.sent -= count;
        self.settled += count as u64;
    }
}

impl Entry {
    fn bytes(&self) -> usize {
        match self {
            Entry::Line(line) | Entry::Command(line) => line.len(),
            Entry::End => 0,
        }
    }
}

/// The text of a line as everybody hears it: two slashes stand for one, and control characters are replaced.
fn as_heard(line: &str) -> String {
    let said = match line.strip_prefix("//") {
        Some(_) => line.get(1..).unwrap_or(line),
        None => line,
    };
    line::clean(said).into_owned()
}
