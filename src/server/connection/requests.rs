//! Reads requests from a socket, one after the other.

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
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;
use crate::server::observe::disconnect::DisconnectReason;
use crate::server::observe::metrics::Transport;

/// A request: its head, and what it asks for.
#[derive(Debug)]
pub struct Request {
    /// The parsed request line and header fields.
    pub head: Head,
    /// What the request asks for.
    pub route: Route,
}

/// Reads the requests of one connection.
#[derive(Debug)]
pub(crate) struct RequestReader<'a> {
    socket: &'a Socket,
    context: &'a Context,
    /// Bytes that have arrived but are not parsed yet. A read may return the end of one request and the beginning of
    /// the next.
    unread: Vec<u8>,
    is_first: bool,
    /// The address of the client behind the proxy, from the last request.
    forwarded_for: &'a Cell<Option<IpAddr>>,
}

impl<'a> RequestReader<'a> {
    /// Makes a reader for a connection that has just been accepted. With `--trust-proxy`, each request sets
    /// `forwarded_for` to the address of the client behind the proxy.
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

    /// Reads the head of the next request, and finds its route.
    ///
    /// # Errors
    /// [`RequestError`] if no complete head arrives in time, or if the server does not serve the request.
    pub(crate) fn next_request(&mut self) -> Result<Box<Request>, RequestError> {
        let (head, length) = self.next_head()?;
        if let Some(hook) = self.context.on_request {
            hook(&head);
        }
        if self.context.config.trust_proxy {
            self.forwarded_for.set(forwarded::client_address(&head));
        }
        let route = route::find(&head, &self.context.config.allow_origin);
        let transport = route.as_ref().map_or(Transport::Other, Transport::new);
        self.socket.counters().begin(transport, length);
        let route = route?;
        Ok(Box::new(Request { head, route }))
    }

    /// Reads the head of the next request, and returns it with its length.
    ///
    /// The first head must be complete within the handshake timeout. Each later one must begin within the idle timeout,
    /// and then be complete within the handshake timeout. One deadline bounds all reads of a head together. Otherwise,
    /// a peer that sends one byte per second could occupy this thread for hours.
    #[inline(never)]
    fn next_head(&mut self) -> Result<(Head, usize), RequestError> {
        self.socket.counters().wait_for_request();
        let mut ignored = 0;
        if !self.is_first {
            self.wait_for_next_request(&mut ignored)?;
        }
        self.is_first = false;
        let deadline = Deadline::after(self.context.config.handshake_timeout.get());
        loop {
            self.ignore_empty_lines(&mut ignored)?;
            if let Some((head, length)) = Head::parse(&self.unread)? {
                self.unread.drain(..length);
                return Ok((head, length));
            }
            self.read_more(deadline, "head")?;
        }
    }

    /// Reads the body of the current request. The handshake timeout starts again.
    ///
    /// # Errors
    /// [`RequestError`] if the body is late, if [`Body`] refuses it, if the connection is lost, or if the server stops.
    pub fn body(&mut self, head: &Head, half: &mut WriteHalf) -> Result<Vec<u8>, RequestError> {
        let mut body = Body::new(head, self.context.config.max_message)?;
        let deadline = Deadline::after(self.context.config.handshake_timeout.get());
        let mut expects_continue = head.is_http_1_1 && head.has_list_item("expect", "100-continue");
        loop {
            let consumed = body.consume(&self.unread)?;
            self.unread.drain(..consumed);
            self.socket.counters().claim(consumed);
            if body.is_complete() {
                return Ok(body.into_bytes());
            }
            if mem::take(&mut expects_continue) {
                // The client may wait for a 100 before it sends the body (RFC 9110, section 10.1.1).
                let response: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
                reply::write(half, [response])?;
            }
            self.read_more(deadline, "body")?;
        }
    }

    /// Returns the bytes after the last request: the first frames of a WebSocket.
    pub(crate) fn into_unread(self) -> Vec<u8> {
        self.unread
    }

    /// Waits for the first byte of another request. An empty line does not begin a request, so the idle timeout keeps
    /// running.
    fn wait_for_next_request(&mut self, ignored: &mut usize) -> Result<(), RequestError> {
        let deadline = Deadline::after(self.context.config.idle_timeout.get());
        loop {
            self.ignore_empty_lines(ignored)?;
            if !matches!(*self.unread, [] | [b'\r']) {
                return Ok(());
            }
            match self.read_more(deadline, "head") {
                Ok(()) => {}
                Err(_) if self.context.is_stopping() => {
                    return Err(DisconnectReason::ShuttingDown.into());
                }
                // No request has begun, so the connection ends without an error.
                Err(_) => return Err(DisconnectReason::HttpDone.into()),
            }
        }
    }

    /// Drops empty lines before a request (RFC 9112, section 2.2). Fails with a 400 after [`MAX_HEAD`] bytes of them.
    fn ignore_empty_lines(&mut self, ignored: &mut usize) -> Result<(), ErrorResponse> {
        let length = empty_lines(&self.unread);
        self.unread.drain(..length);
        self.socket.counters().claim(length);
        *ignored += length;
        if *ignored > MAX_HEAD {
            return Err(ErrorResponse::new(
                400,
                "There are too many empty lines before a request.",
            ));
        }
        Ok(())
    }

    /// Waits for more bytes. If none arrive before the deadline, fails with a 408 that says that `what` is late.
    fn read_more(&mut self, deadline: Deadline, what: &str) -> Result<(), RequestError> {
        let mut buffer = vec![0; MAX_HEAD / 4];
        if self.context.is_stopping() {
            // Bytes that have arrived are still read. The thread does not wait for more.
            self.socket.stop_reading();
        }
        let late = || {
            ErrorResponse::new(
                408,
                format!("The {what} of the request did not arrive in time."),
            )
        };
        let left = deadline.remaining().ok_or_else(late)?;
        match self.socket.read_within(left, &mut buffer) {
            // A stop wakes this thread by ending the stream.
            Ok(0) if self.context.is_stopping() => Err(ErrorResponse::stopping().into()),
            Ok(0) => Err(DisconnectReason::ConnectionLost(io::ErrorKind::UnexpectedEof).into()),
            Ok(length) => {
                self.unread.extend_from_slice(&buffer[..length]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(late().into()),
            Err(error) => Err(DisconnectReason::ConnectionLost(error.kind()).into()),
        }
    }
}
