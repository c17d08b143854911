//! Serves HTTP requests on the connection's own thread: polling, long polling, POST, the page and the metrics.
//!
//! Long polling suits a blocking thread well: the thread blocks on its channel until the hub has a line.

use std::time::Instant;
use std::{iter, mem};

use crate::base::line::Lines;
use crate::base::name::Name;
use crate::server::connection::Connection;
use crate::server::connection::cost;
use crate::server::connection::lines_body;
use crate::server::connection::metrics_page;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::connection::reply;
use crate::server::connection::request_error::RequestError;
use crate::server::connection::requests::RequestReader;
use crate::server::connection::room_client::{HUNG_UP, NoReply, RoomClient};
use crate::server::http::head::Head;
use crate::server::http::page;
use crate::server::http::query::FetchParams;
use crate::server::http::response::Response;
use crate::server::http::route::Resource;
use crate::server::hub::room_request::{Fetch, Post, RoomRequest};
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;
use crate::server::room::history::numbered_lines::NumberedLines;

/// Serves the HTTP requests of one connection.
#[derive(Debug)]
pub(crate) struct HttpHandler<'a> {
    connection: &'a Connection,
    rate_limiter: RateLimiter,
    room: RoomClient<'a>,
    /// How many lines the current response has.
    lines: usize,
    /// How many chunks of the history hold the lines of the current response.
    chunks: usize,
}

impl<'a> HttpHandler<'a> {
    /// Makes a handler for a connection that has served no request yet.
    pub fn new(connection: &'a Connection) -> HttpHandler<'a> {
        let rate_limiter =
            RateLimiter::new(connection.context.config.lines_per_second, Instant::now());
        HttpHandler {
            connection,
            rate_limiter,
            room: RoomClient::new(connection),
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
        let cost = cost + mem::take(&mut self.chunks) / cost::CHUNKS_PER_LINE;
        self.rate_limiter.throttle(cost, self.connection);
        Ok(())
    }

    /// Fetches lines. A long poll blocks until there is a line, its wait expires, its peer hangs up, or the hub drops
    /// the request.
    fn fetch(&mut self, params: FetchParams) -> Result<Response, RequestError> {
        let wait = params.wait;
        let fetch = |reply| RoomRequest::Fetch(Fetch { params, reply });
        match self.room.request(wait, fetch) {
            Ok(lines) => self.respond(200, lines),
            Err(reason) if wait.is_none() => Err(self.room.no_reply_error(reason)),
            Err(reason) => {
                if reason == NoReply::HungUp {
                    // The response is still sent, because a half-closed peer can read it.
                    self.connection.socket.set_disconnect_reason(HUNG_UP);
                }
                // Neither a timeout nor a shutdown is the client's error: respond with 200 and no line.
                self.respond(200, NumberedLines::default())
            }
        }
    }

    fn post(&mut self, name: Name, lines: Lines) -> Result<Response, RequestError> {
        let taken = format!("A member of the room has the name {name}.\n");
        let post = |reply| RoomRequest::Post(Post { name, lines, reply });
        match self.room.request(None, post) {
            Ok(Some(receipt)) => self.respond(201, receipt),
            Ok(None) => {
                self.connection.socket.counters().count_refusal(409);
                Ok(Response::text(409, taken))
            }
            Err(reason) => Err(self.room.no_reply_error(reason)),
        }
    }

    /// Makes a response with lines. Fails if the room that numbered them is no longer the current room.
    fn respond(&mut self, status: u16, lines: NumberedLines) -> Result<Response, RequestError> {
        let room = self.room.id()?;
        (self.lines, self.chunks) = (lines.len(), lines.parts().len());
        Ok(Response::lines(status, lines).with("Room", room))
    }
}
