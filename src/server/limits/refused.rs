//! Connections that there is no place or no thread for.

use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};

use log::Level;

use crate::send;
use crate::server::context::Shared;
use crate::server::http::refusal::Refusal;
use crate::server::metrics::{RefusalLabel, Technique};

/// How many refused sockets are kept open: 64. If a socket is closed before the peer's request has been read, the peer
/// gets a reset in place of the answer.
const KEPT: usize = 64;

/// The last sockets that have been refused.
#[derive(Debug, Default)]
pub struct Refused {
    sockets: VecDeque<TcpStream>,
    is_refusing: bool,
}

impl Refused {
    /// Answers a connection that has been turned away with a 503, without waiting, and says that nothing will follow it.
    /// `None` means that one has found its place, after which the next refusal is news again.
    pub fn take(&mut self, turned_away: Option<TcpStream>, shared: &Shared) {
        let was_refusing = self.is_refusing;
        self.is_refusing = turned_away.is_some();
        let Some(stream) = turned_away else { return };
        if !was_refusing {
            let line = "too many connections: this one and the next are answered with 503";
            shared.journal.write_elsewhere(Level::Warn, line.to_owned());
        }
        let refusal = Refusal::new(503, "Too many connections are open; try again later.");
        let answer = refusal.with("Retry-After", "5").to_bytes();
        let metrics = &shared.metrics;
        // First, so that whoever has his answer finds it counted.
        metrics.refusals.count(RefusalLabel::TooManyConnections);
        // A new socket has room for so little. If the peer is gone already, nobody misses the answer.
        let sent = send::without_waiting(&stream, &answer).unwrap_or(0);
        metrics.sent.add(Technique::Other, sent);
        let _ = stream.shutdown(Shutdown::Write);
        if self.sockets.len() == KEPT {
            self.sockets.pop_front();
        }
        self.sockets.push_back(stream);
    }
}
