//! Answers the connections that get no permit or no thread.

use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use log::Level;

use crate::base::deadline::Deadline;
use crate::base::send;
use crate::server::connection::context::Context;
use crate::server::http::error_response::ErrorResponse;
use crate::server::observe::metrics::{RefusalLabel, Transport};

/// The newest sockets that were turned away. All are still open.
///
/// If a socket is closed while the request of its peer is unread, the peer receives a reset instead of the 503. So each
/// socket stays open for the close timeout, unless a newer connection needs its slot or its descriptor.
#[derive(Debug)]
pub(crate) struct TurnedAway {
    sockets: VecDeque<(Deadline, TcpStream)>,
    max: usize,
    close_timeout: Duration,
    is_full: bool,
}

impl TurnedAway {
    /// Makes an empty list that keeps at most `max` sockets, each for the close timeout.
    pub(crate) fn new(max: usize, close_timeout: Duration) -> TurnedAway {
        TurnedAway {
            sockets: VecDeque::new(),
            max,
            close_timeout,
            is_full: false,
        }
    }

    /// Turns a connection away: sends a 503 without waiting, and shuts down the write side.
    ///
    /// `None` means that a connection was admitted. Only the first connection that is turned away after that is logged.
    pub(crate) fn add(&mut self, rejected: Option<TcpStream>, context: &Context) {
        let was_full = self.is_full;
        self.is_full = rejected.is_some();
        let Some(stream) = rejected else { return };
        if !was_full {
            let line = "too many connections: this one and later ones are answered with a 503";
            context.log.write(Level::Warn, line.to_owned());
        }
        let response = ErrorResponse::new(503, "Too many connections are open; try again later.");
        let response = response.with("Retry-After", "5").to_bytes();
        let metrics = &context.metrics;
        // The count precedes the send, so that it includes every response that a peer has received.
        metrics.refusals.count(&RefusalLabel::TooManyConnections);
        // A new socket has room for the response. If the peer is already gone, no client misses the response.
        let sent = send::without_waiting(&stream, &response).unwrap_or(0);
        metrics.sent.add(&Transport::Other, sent);
        let _ = stream.shutdown(Shutdown::Write);
        let deadline = Deadline::after(self.close_timeout);
        self.sockets.push_back((deadline, stream));
        if self.sockets.len() > self.max {
            self.sockets.pop_front();
        }
    }

    /// Closes the oldest socket, to free its descriptor. Returns `false` if there is no socket.
    pub(crate) fn close_oldest(&mut self) -> bool {
        self.sockets.pop_front().is_some()
    }

    /// Closes the sockets whose deadline has passed. Returns the time to the next deadline, or `None` if none is left.
    pub(crate) fn close_expired(&mut self) -> Option<Duration> {
        loop {
            let (deadline, _) = self.sockets.front()?;
            if let Some(left) = deadline.remaining() {
                return Some(left);
            }
            self.sockets.pop_front();
        }
    }
}
