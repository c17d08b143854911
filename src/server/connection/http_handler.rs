//! The room over HTTP: polling, long polling, and POST, all on the connection's own thread.
//!
//! A long poll suits a blocking thread best: the thread blocks on its channel until the hub has a line.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{iter, mem};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::base::deadline::Deadline;
use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::connection::Connection;
use crate::server::connection::cost;
use crate::server::connection::hang_up::has_hung_up;
use crate::server::connection::lines_body;
use crate::server::connection::metrics_page;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::connection::reply;
use crate::server::connection::request_error::RequestError;
use crate::server::connection::requests::RequestReader;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::Head;
use crate::server::http::page;
use crate::server::http::query::FetchParams;
use crate::server::http::response::Response;
use crate::server::http::route::Resource;
use crate::server::hub::messages::HubMessage;
use crate::server::hub::room_request::{Fetch, Post, RoomRequest};
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::history::numbered_lines::NumberedLines;

/// How often a request that waits for the room checks that its peer is still connected: every 5 s.
const LIVENESS_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Serves the requests of one connection over HTTP.
#[derive(Debug)]
pub(crate) struct HttpHandler<'a> {
    connection: &'a Connection,
    rate_limiter: RateLimiter,
    /// Whether the hub may still hold a long poll of this connection.
    may_poll: bool,
    /// The id of the room when the last request was sent to it.
    room: Arc<str>,
    /// How many lines the current response has.
    lines: usize,
    /// How many chunks these lines are in.
    chunks: usize,
}

impl<'a> HttpHandler<'a> {
    /// Makes a handler that has served nothing yet.
    pub fn new(connection: &'a Connection) -> HttpHandler<'a> {
        let rate_limiter =
            RateLimiter::new(connection.context.config.lines_per_second, Instant::now());
        HttpHandler {
            connection,
            rate_limiter,
            may_poll: false,
            room: connection.context.room.get(),
            lines: 0,
            chunks: 0,
        }
    }

    /// Serves a request and writes the response.
    ///
    /// # Errors
    /// [`RequestError`] if no other request can follow on this connection.
    pub(crate) fn serve(
        &mut self,
        head: &Head,
        resource: Resource,
        requests: &mut RequestReader<'_>,
        half: &mut WriteHalf,
    ) -> Result<(), RequestError> {
        let (response, cost) = match resource {
            Resource::Page => (page::respond(head.values("host").next()), 1),
            Resource::Options { allow } => (Response::text(200, "up\n").with("Allow", allow), 1),
            Resource::Metrics => (metrics_page::respond(&self.connection.context), 1),
            Resource::Fetch(params) => {
                let response = self.fetch(params).map_err(|error| error.to(&head.method))?;
                (response, cost::REQUEST)
            }
            Resource::Post(name) => {
                let body = requests.body(head, half)?;
                let lines = lines_body::parse(&body)?;
                let cost = cost::REQUEST + lines.iter().count() + cost::bytes_cost(body.len());
                (self.post(name, lines)?, cost)
            }
        };
        let lines = mem::take(&mut self.lines);
        let Connection {
            socket, context, ..
        } = self.connection;
        let persists =
            head.persists() && !context.is_stopping() && socket.disconnect_reason().is_none();
        let response = if persists {
            response
        } else {
            response.closing()
        };
        let response = response.to(&head.method);
        let response_head = response.head();
        let slices = iter::once(&*response_head).chain(response.body());
        reply::write(half, slices)?;
        if head.method != "HEAD" {
            socket.counters().count_delivered(lines);
        }
        if !persists {
            return Err(DisconnectReason::HttpDone.into());
        }
        let cost = cost + mem::take(&mut self.chunks) / cost::CHUNKS;
        self.rate_limiter.throttle(cost, self.connection);
        Ok(())
    }

    /// Fetches lines. A long poll waits until there is a line, its time is over, or the server stops.
    fn fetch(&mut self, params: FetchParams) -> Result<Response, RequestError> {
        let (reply, replies) = bounded(1);
        let wait = params.wait;
        self.may_poll |= wait.is_some();
        let fetch = Fetch { params, reply };
        self.ask_room(RoomRequest::Fetch(fetch));
        let Some(wait) = wait else {
            let lines = self.await_reply(&replies)?;
            return self.respond(200, lines);
        };
        let deadline = Deadline::after(wait);
        while let Some(left) = deadline.remaining() {
            match replies.recv_timeout(left.min(LIVENESS_CHECK_INTERVAL)) {
                Ok(lines) => return self.respond(200, lines),
                // A shutdown is not the client's error: respond with 200 and no line.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if self.peer_is_gone() => {
                    // A half-closed peer can still read the response.
                    let lost = DisconnectReason::ConnectionLost(ErrorKind::UnexpectedEof);
                    self.connection.socket.set_disconnect_reason(lost);
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        self.respond(200, NumberedLines::default())
    }

    /// Returns whether the peer has hung up. A stop also ends the stream, but that does not count.
    fn peer_is_gone(&self) -> bool {
        let Connection {
            socket, context, ..
        } = self.connection;
        has_hung_up(&socket.stream) && !context.is_stopping()
    }

    fn post(&mut self, name: Name, lines: Lines) -> Result<Response, RequestError> {
        let (reply, replies) = bounded(1);
        let post = Post {
            name: name.clone(),
            lines,
            reply,
        };
        self.ask_room(RoomRequest::Post(post));
        match self.await_reply(&replies)? {
            Some(receipt) => self.respond(201, receipt),
            None => {
                self.connection.socket.counters().count_refusal(409);
                let sentence = format!("A member of the room has the name {name}.\n");
                Ok(Response::text(409, sentence))
            }
        }
    }

    /// Waits for the hub, which replies when it sends its batch. At a stop, the hub drops the channel instead.
    ///
    /// This can take a long time if the disk of the history file fails, or if the cluster's Redis is unreachable.
    fn await_reply<T>(&self, replies: &Receiver<T>) -> Result<T, RequestError> {
        loop {
            match replies.recv_timeout(LIVENESS_CHECK_INTERVAL) {
                Ok(reply) => return Ok(reply),
                Err(RecvTimeoutError::Disconnected) => return Err(self.no_reply().into()),
                Err(RecvTimeoutError::Timeout) if self.peer_is_gone() => {
                    return Err(DisconnectReason::ConnectionLost(ErrorKind::UnexpectedEof).into());
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Returns the response to a request that the hub dropped, because the server stops or a cluster has lost its room.
    fn no_reply(&self) -> ErrorResponse {
        if self.connection.context.is_stopping() {
            return ErrorResponse::stopping();
        }
        ErrorResponse::new(503, "The room has been replaced by another one. Try again.")
            .with("Retry-After", "1")
    }

    fn ask_room(&mut self, request: RoomRequest) {
        self.room = self.connection.context.room.get();
        let client = self.connection.id;
        self.connection
            .send_to_hub(HubMessage::Http { client, request });
    }

    /// Makes a response of lines. Their numbers belong to the room at the time of the request, so this must still be
    /// the current room.
    fn respond(&mut self, status: u16, lines: NumberedLines) -> Result<Response, RequestError> {
        if self.room != self.connection.context.room.get() {
            return Err(self.no_reply().into());
        }
        (self.lines, self.chunks) = (lines.len(), lines.parts().len());
        Ok(Response::lines(status, lines).with("Room", &*self.room))
    }
}

impl Drop for HttpHandler<'_> {
    /// Cancels the long poll of this connection, if there is one.
    fn drop(&mut self) {
        if self.may_poll {
            self.ask_room(RoomRequest::Forget);
        }
    }
}
