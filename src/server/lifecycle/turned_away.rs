//! Connections that there is no place or no thread for.

use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use log::Level;

use crate::base::deadline::Deadline;
use crate::base::send;
use crate::server::connection::context::Context;
use crate::server::http::error_response::ErrorResponse;
use crate::server::observe::metrics::{RefusalLabel, Transport};

/// The last sockets that were turned away. If a socket is closed before the request of its peer has been read, the peer gets
/// a reset in place of the answer. So each is kept open for the close timeout, unless newer ones need its place or its
/// descriptor.
#[derive(Debug)]
pub struct TurnedAway {
    registry: VecDeque<(Deadline, TcpStream)>,
    most: usize,
    close_timeout: Duration,
    is_refusing: bool,
}

impl TurnedAway {
    /// None yet, and later at most so many, each for the close timeout.
    pub fn new(most: usize, close_timeout: Duration) -> TurnedAway {
        TurnedAway {
            registry: VecDeque::new(),
            most,
            close_timeout,
            is_refusing: false,
        }
    }

    /// Answers a connection that has been turned away with a 503, without waiting, and says that nothing will follow it.
    /// `None` means that one has found its place, after which the next refusal is news again.
    pub fn take(&mut self, turned_away: Option<TcpStream>, context: &Context) {
        let was_refusing = self.is_refusing;
        self.is_refusing = turned_away.is_some();
        let Some(stream) = turned_away else { return };
        if !was_refusing {
            let line = "too many connections: this one and the next are answered with 503";
            context.log.write(Level::Warn, line.to_owned());
        }
        let refusal = ErrorResponse::new(503, "Too many connections are open; try again later.");
        let answer = refusal.with("Retry-After", "5").to_bytes();
        let metrics = &context.metrics;
        // First, so that whoever has his answer finds it counted.
        metrics.refusals.count(RefusalLabel::TooManyConnections);
        // A new socket has room for so little. If the peer is gone already, nobody misses the answer.
        let sent = send::without_waiting(&stream, &answer).unwrap_or(0);
        metrics.sent.add(Transport::Other, sent);
        let _ = stream.shutdown(Shutdown::Write);
        let deadline = Deadline::after(self.close_timeout);
        self.registry.push_back((deadline, stream));
        if self.registry.len() > self.most {
            self.registry.pop_front();
        }
    }

    /// Closes the oldest socket, so that a descriptor is free. Returns whether there was one.
    pub fn give_way(&mut self) -> bool {
        self.registry.pop_front().is_some()
    }

    /// Closes the sockets whose time is over, and returns how long the next one still has, if one is left.
    pub fn close_expired(&mut self) -> Option<Duration> {
        loop {
            let (deadline, _) = self.registry.front()?;
            if let Some(left) = deadline.remaining() {
                return Some(left);
            }
            self.registry.pop_front();
        }
    }
}
