//! Reading requests from a socket, one after the other.

use std::cell::Cell;
use std::io;
use std::mem;
use std::net::IpAddr;

use crate::base::deadline::Deadline;
use crate::server::connection::context::Context;
use crate::server::connection::reply;
use crate::server::connection::request_error::RequestError;
use crate::server::http::body::Body;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::forwarded;
use crate::server::http::head::{Head, MAX_HEAD};
use crate::server::http::request_line::empty_lines;
use crate::server::http::route;
use crate::server::http::route::Route;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::metrics::Transport;

/// The requests that come on one connection.
#[derive(Debug)]
pub struct RequestReader<'a> {
    socket: &'a Socket,
    context: &'a Context,
    /// What was read and belongs to no request yet. Bytes of the next request may come with those of one before it.
    unread: Vec<u8>,
    is_first: bool,
    /// The client that the last request came from, if a trusted proxy said so.
    forwarded_for: &'a Cell<Option<IpAddr>>,
}

impl<'a> RequestReader<'a> {
    /// The requests on a connection that has just been accepted. With `--trust-proxy`, `forwarded_for` gets the client that
    /// each request came from.
    pub fn new(
        socket: &'a Socket,
        context: &'a Context,
        forwarded_for: &'a Cell<Option<IpAddr>>,
    ) -> RequestReader<'a> {
        RequestReader {
            socket,
            context,
            unread: Vec::new(),
            is_first: true,
            forwarded_for,
        }
    }

    /// Reads the next request, up to its body, and says where it goes.
    ///
    /// The first one has the handshake timeout, from now on. Each later one has the idle timeout to begin, and from its first
    /// byte on the handshake timeout. One deadline bounds all reads of a head together, or a peer that sends a byte a second
    /// could keep this thread for hours.
    ///
    /// # Errors
    /// [`RequestError`] if it did not come in time, or is not one that is served.
    pub fn next_request(&mut self) -> Result<(Head, Route), RequestError> {
        self.socket.counters().wait_for_a_request();
        let mut ignored = 0;
        if !self.is_first {
            self.wait_for_another(&mut ignored)?;
        }
        self.is_first = false;
        let deadline = Deadline::after(self.context.config.handshake_timeout.get());
        loop {
            self.ignore_empty_lines(&mut ignored)?;
            if let Some((head, length)) = Head::parse(&self.unread)? {
                self.unread.drain(..length);
                self.context.on_request.inspect(|hook| hook(&head));
                if self.context.config.trust_proxy {
                    self.forwarded_for.set(forwarded::client_address(&head));
                }
                let route = route::find(&head, &self.context.config.allow_origin);
                let transport = route.as_ref().map_or(Transport::Other, Transport::new);
                self.socket.counters().begin(transport, length);
                return Ok((head, route?));
            }
            self.read_more(deadline, "head")?;
        }
    }

    /// Reads the body of the last request.
    ///
    /// # Errors
    /// [`RequestError`] if it did not come within another handshake timeout, is malformed or too long.
    pub fn body(&mut self, head: &Head, half: &mut WriteHalf) -> Result<Vec<u8>, RequestError> {
        let mut body = Body::new(head, self.context.config.max_message)?;
        let deadline = Deadline::after(self.context.config.handshake_timeout.get());
        let mut asks_first = head.is_http_1_1 && head.has_word("expect", "100-continue");
        loop {
            let taken = body.take(&self.unread)?;
            self.unread.drain(..taken);
            self.socket.counters().claim(taken);
            if body.is_complete() {
                return Ok(body.into_bytes());
            }
            if mem::take(&mut asks_first) {
                // A client that asks whether the body is welcome waits for this (RFC 9110, section 10.1.1).
                let send_from: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
                reply::write(half, [send_from]).map_err(RequestError::DisconnectReason)?;
            }
            self.read_more(deadline, "body")?;
        }
    }

    /// What was read past the last request: the first frames of a WebSocket.
    pub fn into_unread(self) -> Vec<u8> {
        self.unread
    }

    /// Waits for the first byte of another request. An empty line begins none, so the idle timeout counts on.
    fn wait_for_another(&mut self, ignored: &mut usize) -> Result<(), RequestError> {
        let deadline = Deadline::after(self.context.config.idle_timeout.get());
        loop {
            self.ignore_empty_lines(ignored)?;
            if !matches!(*self.unread, [] | [b'\r']) {
                return Ok(());
            }
            match self.read_more(deadline, "head") {
                Ok(()) => {}
                Err(_) if self.context.is_stopping() => {
                    return Err(RequestError::DisconnectReason(
                        DisconnectReason::ShuttingDown,
                    ));
                }
                // Nothing has begun, so nothing is missing: neither side owes the other another request.
                Err(_) => return Err(RequestError::DisconnectReason(DisconnectReason::HttpDone)),
            }
        }
    }

    /// Drops empty lines before a request (RFC 9112, section 2.2), at most [`MAX_HEAD`] bytes of them.
    fn ignore_empty_lines(&mut self, ignored: &mut usize) -> Result<(), ErrorResponse> {
        let length = empty_lines(&self.unread);
        self.unread.drain(..length);
        self.socket.counters().claim(length);
        *ignored += length;
        if *ignored > MAX_HEAD {
            return Err(ErrorResponse::new(
                400,
                "Too many empty lines came before a request.",
            ));
        }
        Ok(())
    }

    /// Waits for more bytes. `what` they belong to is said if they are late.
    fn read_more(&mut self, deadline: Deadline, what: &str) -> Result<(), RequestError> {
        let mut buffer = vec![0; MAX_HEAD / 4];
        if self.context.is_stopping() {
            // What has come already is still read, and nothing is waited for.
            self.socket.stop_reading();
        }
        let late = || {
            ErrorResponse::new(
                408,
                format!("The {what} of the request did not come in time."),
            )
        };
        let left = deadline.remaining().ok_or_else(late)?;
        match self.socket.read_within(left, &mut buffer) {
            // The end of the stream may be our own doing: it is how a stop wakes this thread.
            Ok(0) if self.context.is_stopping() => Err(ErrorResponse::stopping().into()),
            Ok(0) => Err(RequestError::DisconnectReason(
                DisconnectReason::ConnectionLost(io::ErrorKind::UnexpectedEof),
            )),
            Ok(length) => {
                self.unread
                    .extend_from_slice(buffer.get(..length).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(late().into()),
            Err(error) => Err(RequestError::DisconnectReason(
                DisconnectReason::ConnectionLost(error.kind()),
            )),
        }
    }
}
