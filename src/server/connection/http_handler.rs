//! The room over HTTP: polling, long polling, and saying lines. All of it on the connection's own thread.
//!
//! A long poll is the point of showing this: the thread simply blocks on its channel until the hub has a line.

use std::io::ErrorKind;
use std::time::{Duration, Instant};
use std::{iter, mem};

use crossbeam_channel::{RecvTimeoutError, bounded};

use crate::server::connection::hang_up::has_hung_up;

use crate::base::deadline::Deadline;
use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::connection::Connection;
use crate::server::connection::cost;
use crate::server::connection::metrics_page;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::connection::reply;
use crate::server::connection::request_error::RequestError;
use crate::server::connection::requests::RequestReader;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::Head;
use crate::server::http::page;
use crate::server::http::query::Wanted;
use crate::server::http::response::Response;
use crate::server::http::route::Resource;
use crate::server::hub::messages::{Fetch, HubMessage, Post, RoomRequest};
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::history::chunk::Numbered;

/// How long a long poll blocks at most before it looks whether its peer is still there: 5 s.
const LIVENESS_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Serves requests over HTTP on one connection.
#[derive(Debug)]
pub struct HttpHandler<'a> {
    connection: &'a Connection,
    rate_limiter: RateLimiter,
    /// Whether the hub may know of a wait that has not been answered.
    may_wait: bool,
    /// How many lines the answer brings, in how many chunks.
    told: usize,
    chunks: usize,
}

impl<'a> HttpHandler<'a> {
    /// Nothing served yet.
    pub fn new(connection: &'a Connection) -> HttpHandler<'a> {
        let rate_limiter =
            RateLimiter::new(connection.context.config.lines_per_second, Instant::now());
        HttpHandler {
            connection,
            rate_limiter,
            may_wait: false,
            told: 0,
            chunks: 0,
        }
    }

    /// Serves a request and writes its answer.
    ///
    /// # Errors
    /// [`RequestError`] if no other request can follow it.
    pub fn serve(
        &mut self,
        head: &Head,
        resource: Resource,
        requests: &mut RequestReader<'_>,
        half: &mut WriteHalf,
    ) -> Result<(), RequestError> {
        let (answer, cost) = match resource {
            Resource::Page => (page::answer(head.values("host").next()), 1),
            Resource::Options { allow } => (Response::text(200, "up\n").with("Allow", allow), 1),
            Resource::Metrics => (metrics_page::answer(&self.connection.context), 1),
            Resource::Fetch(wanted) => {
                let answer = self.fetch(wanted).map_err(|why| why.to(&head.method))?;
                (answer, cost::REQUEST)
            }
            Resource::Post(name) => {
                let lines =
                    crate::server::connection::lines_body::parse(&requests.body(head, half)?)?;
                let count = lines.count();
                (self.post(name, lines)?, cost::REQUEST + count)
            }
        };
        let told = mem::take(&mut self.told);
        let Connection {
            socket, context, ..
        } = self.connection;
        let goes_on = head.persists() && !context.is_stopping() && socket.ending().is_none();
        let answer = if goes_on { answer } else { answer.ending() };
        let answer = answer.to(&head.method);
        let answer_head = answer.head();
        let slices = iter::once(&*answer_head).chain(answer.body());
        reply::write(half, slices).map_err(RequestError::DisconnectReason)?;
        if head.method != "HEAD" {
            socket.counters().count_delivered(told);
        }
        if !goes_on {
            return Err(RequestError::DisconnectReason(DisconnectReason::HttpDone));
        }
        let cost = cost + mem::take(&mut self.chunks) / cost::CHUNKS;
        self.connection.throttle(&mut self.rate_limiter, cost);
        Ok(())
    }

    /// The lines that are wanted. If there is none, waits for one for as long as is wanted, or until the server stops.
    fn fetch(&mut self, wanted: Wanted) -> Result<Response, RequestError> {
        let (reply, replies) = bounded(1);
        let Wanted {
            since,
            until,
            room,
            wait,
        } = wanted;
        let fetch = Fetch {
            since,
            until,
            room,
            waits: wait.is_some(),
            reply,
        };
        self.may_wait |= fetch.waits;
        self.connection.tell(HubMessage::Http(
            self.connection.id,
            RoomRequest::Fetch(fetch),
        ));
        let Some(wait) = wait else {
            // The hub answers with its next batch, which nothing holds up, or drops the channel at a stop.
            let lines = replies.recv().map_err(|_| ErrorResponse::stopping())?;
            return Ok(self.lines(200, lines));
        };
        let deadline = Deadline::after(wait);
        while let Some(left) = deadline.remaining() {
            match replies.recv_timeout(left.min(LIVENESS_CHECK_INTERVAL)) {
                Ok(lines) => return Ok(self.lines(200, lines)),
                // The server stops, which is no mistake of whoever waits: there was just no line.
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if self.peer_is_gone() => {
                    // Whoever has only said that he will send nothing more gets his answer; to others it is lost.
                    let gone = DisconnectReason::ConnectionLost(ErrorKind::UnexpectedEof);
                    self.connection.socket.end(gone);
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        Ok(self.lines(200, Numbered::default()))
    }

    /// Whether nobody waits any more for what this connection waits for. The end of the stream may be our own doing: it is
    /// how a stop wakes threads that read.
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
        self.connection.tell(HubMessage::Http(
            self.connection.id,
            RoomRequest::Post(post),
        ));
        // The hub answers each post with its batch, or drops the channel at a stop.
        match replies.recv() {
            Ok(Some(receipt)) => Ok(self.lines(201, receipt)),
            Ok(None) => {
                self.connection.socket.counters().count_refusal(409);
                let sentence = format!("Somebody in the room is called {name}.\n");
                Ok(Response::text(409, sentence))
            }
            Err(_) => Err(ErrorResponse::stopping().into()),
        }
    }

    fn lines(&mut self, status: u16, lines: Numbered) -> Response {
        (self.told, self.chunks) = (lines.len(), lines.parts().len());
        Response::lines(status, lines).with("Room", &*self.connection.context.room)
    }
}

impl Drop for HttpHandler<'_> {
    /// A wait ends with its connection.
    fn drop(&mut self) {
        if self.may_wait {
            self.connection
                .tell(HubMessage::Http(self.connection.id, RoomRequest::Forget));
        }
    }
}
