//! A record of what all clients have done and received, for the comparison at the end.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::support::metrics::Scrape;

/// What the recorder has received: each token's lines as `NUMBER NAME`, the newest number, and the count of lines.
pub struct Recorded {
    pub tokens: BTreeMap<String, Vec<String>>,
    pub newest: u64,
    pub lines: u64,
    /// How many times the recorder was too slow and reconnected.
    pub reconnects: u64,
}

/// The tokens and counters of all clients. A token is the unique first word of a line.
#[derive(Default)]
pub struct Tally {
    /// Tokens with a receipt. Their lines must be in the room.
    pub said: Mutex<HashSet<String>>,
    /// Tokens whose fate the client does not know, for example because a reported gap may hide the receipt. Their lines
    /// may be in the room.
    pub uncertain: Mutex<HashSet<String>>,
    pub connections: AtomicU64,
    pub lines: AtomicU64,
    pub gaps: AtomicU64,
    pub vanished: AtomicU64,
    pub stalled: AtomicU64,
    pub renamed: AtomicU64,
    pub too_slow: AtomicU64,
    pub resent: AtomicU64,
    pub polls: AtomicU64,
}

pub fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Relaxed);
}

impl Tally {
    /// Asserts that each token in the room occurs once and was sent by a client, and that no token with a receipt is
    /// missing.
    pub fn assert_tokens_match(&self, recorded: &Recorded) {
        let (said, uncertain) = (self.said.lock().unwrap(), self.uncertain.lock().unwrap());
        for (token, lines) in &recorded.tokens {
            assert_eq!(lines.len(), 1, "{token} is in the lines {lines:?}");
            assert!(
                said.contains(token) || uncertain.contains(token),
                "{token} was said by no client"
            );
        }
        let lost: Vec<_> = said
            .iter()
            .filter(|token| !recorded.tokens.contains_key(*token))
            .collect();
        assert!(
            lost.is_empty(),
            "{} lines with a receipt are not in the room: {lost:?}",
            lost.len()
        );
    }

    /// Asserts that the server's metrics agree with what the clients and the recorder have counted.
    pub fn assert_metrics_match(&self, metrics: &Scrape, recorded: &Recorded) {
        // The server may have counted one more line: the notice that the recorder left. The recorder does not receive
        // it.
        let unreceived = metrics.get("chat_lines_total") - recorded.newest;
        assert!(
            unreceived <= 1,
            "{unreceived} lines were counted but not received"
        );
        let endings: u64 = metrics
            .0
            .iter()
            .filter(|(sample, _)| sample.starts_with("chat_endings_total"))
            .map(|(_, &value)| value as u64)
            .sum();
        // The recorder's connections have ended too: the last one, and one before each reconnection.
        let by_recorder = 1 + recorded.reconnects;
        assert_eq!(endings, self.connections.load(Relaxed) + by_recorder);
        let delivered: u64 = metrics
            .0
            .iter()
            .filter(|(sample, _)| sample.starts_with("chat_deliveries_total"))
            .map(|(_, &value)| value as u64)
            .sum();
        // A line in flight to a client that vanished counts as delivered, although the client has not received it.
        let seen = self.lines.load(Relaxed) + recorded.lines;
        assert!(
            delivered >= seen,
            "{seen} lines were received, but only {delivered} were delivered"
        );
        assert_eq!(metrics.get("chat_log_lines_lost_total"), 0);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |counter: &AtomicU64| counter.load(Relaxed);
        write!(
            f,
            "{} lines said, {} uncertain, {} resent; {} lines received, {} reported as gone; {} connections, {} polls, {} stalls, \
{} vanished, {} renamed, {} too slow",
            self.said.lock().unwrap().len(),
            self.uncertain.lock().unwrap().len(),
            get(&self.resent),
            get(&self.lines),
            get(&self.gaps),
            get(&self.connections),
            get(&self.polls),
            get(&self.stalled),
            get(&self.vanished),
            get(&self.renamed),
            get(&self.too_slow),
        )
    }
}
