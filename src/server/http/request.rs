//! Reading requests from a socket, one after the other.

use std::io;

use crate::deadline::Deadline;
use crate::server::context::Shared;
use crate::server::ending::Ending;
use crate::server::http::refusal::Refusal;
use crate::server::http::route::{self, Route};
use crate::server::http::{Head, MAX_HEAD};
use crate::server::metrics::Technique;
use crate::server::reply;
use crate::server::socket::Socket;
use crate::server::write_half::WriteHalf;

/// Why there is no further request to serve.
#[derive(Debug)]
pub enum NoRequest {
    /// There is nobody to answer, or all is said.
    Ending(Ending),
    /// This is the answer.
    Refused(Refusal),
}

impl NoRequest {
    /// The same after a request with this method.
    pub fn to(self, method: &str) -> NoRequest {
        match self {
            NoRequest::Refused(refusal) => NoRequest::Refused(refusal.to(method)),
            ending => ending,
        }
    }

    /// Says the last that is to be said over HTTP on a connection, and why it ends.
    pub fn conclude(self, socket: &Socket, mut half: WriteHalf) {
        match self {
            NoRequest::Ending(ending) => _ = socket.end(ending),
            NoRequest::Refused(refusal) => {
                socket.end(Ending::Refused(refusal.status));
                socket.traffic().count_refusal(refusal.status);
                // A peer that does not take the answer does not get it; there is nobody else to tell.
                let _ = reply::write(&mut half, [&*refusal.to_bytes()]);
            }
        }
        half.finish();
    }
}

/// The requests that come on one connection.
#[derive(Debug)]
pub struct Requests<'a> {
    socket: &'a Socket,
    shared: &'a Shared,
    /// What was read and belongs to no request yet. Bytes of the next request may come with those of one before it.
    unread: Vec<u8>,
    is_first: bool,
}

impl<'a> Requests<'a> {
    /// The requests on a connection that has just been accepted.
    pub fn new(socket: &'a Socket, shared: &'a Shared) -> Requests<'a> {
        Requests {
            socket,
            shared,
            unread: Vec::new(),
            is_first: true,
        }
    }

    /// Reads the next request, up to its body, and says where it goes.
    ///
    /// The first one has the handshake timeout, from now on. Each later one has the idle timeout to begin, and from its first
    /// byte on the handshake timeout. One deadline bounds all reads of a head together, or a peer that sends a byte a second
    /// could keep this thread for hours.
    ///
    /// # Errors
    /// [`NoRequest`] if it did not come in time, or is not one that is served.
    pub fn next_request(&mut self) -> Result<(Head, Route), NoRequest> {
        self.socket.traffic().wait_for_a_request();
        if !self.is_first && self.unread.is_empty() {
            self.wait_for_another()?;
        }
        self.is_first = false;
        let deadline = Deadline::after(self.shared.config.handshake_timeout.get());
        loop {
            if let Some((head, length)) = Head::parse(&self.unread)? {
                self.unread.drain(..length);
                self.shared.on_request.inspect(|hook| hook(&head));
                let route = route::find(&head, &self.shared.config.allow_origin);
                let technique = route.as_ref().map_or(Technique::Other, Route::technique);
                self.socket.traffic().begin(technique, length);
                return Ok((head, route?));
            }
            self.read_more(deadline, "head")?;
        }
    }

    /// Reads the body of the last request, which has so many bytes.
    ///
    /// # Errors
    /// [`NoRequest`] if it did not come within another handshake timeout.
    pub fn body(&mut self, head: &Head, half: &mut WriteHalf) -> Result<Vec<u8>, NoRequest> {
        let length = head.content_length(self.shared.config.max_message)?;
        let deadline = Deadline::after(self.shared.config.handshake_timeout.get());
        let asks_first = head.is_http_1_1 && head.has_word("expect", "100-continue");
        if self.unread.len() < length && asks_first {
            // Whoever asks whether the body is welcome waits for this (RFC 9110, section 10.1.1).
            let go_on: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
            reply::write(half, [go_on]).map_err(NoRequest::Ending)?;
        }
        while self.unread.len() < length {
            self.read_more(deadline, "body")?;
        }
        self.socket.traffic().claim(length);
        let rest = self.unread.split_off(length);
        Ok(std::mem::replace(&mut self.unread, rest))
    }

    /// What was read past the last request: the first frames of a WebSocket.
    pub fn into_unread(self) -> Vec<u8> {
        self.unread
    }

    fn wait_for_another(&mut self) -> Result<(), NoRequest> {
        let deadline = Deadline::after(self.shared.config.idle_timeout.get());
        match self.read_more(deadline, "head") {
            Ok(()) => Ok(()),
            Err(_) if self.shared.is_stopping() => Err(NoRequest::Ending(Ending::Stopping)),
            // Nothing has begun, so nothing is missing: neither side owes the other another request.
            Err(_) => Err(NoRequest::Ending(Ending::Served)),
        }
    }

    /// Waits for more bytes. `what` they belong to is said if they are late.
    fn read_more(&mut self, deadline: Deadline, what: &str) -> Result<(), NoRequest> {
        let mut buffer = [0; MAX_HEAD / 4];
        if self.shared.is_stopping() {
            // What has come already is still read, and nothing is waited for.
            self.socket.stop_reading();
        }
        let late = || {
            Refusal::new(
                408,
                format!("The {what} of the request did not come in time."),
            )
        };
        let left = deadline.remaining().ok_or_else(late)?;
        match self.socket.read_within(left, &mut buffer) {
            // The end of the stream may be our own doing: it is how a stop wakes this thread.
            Ok(0) if self.shared.is_stopping() => Err(Refusal::stopping().into()),
            Ok(0) => Err(NoRequest::Ending(Ending::Gone(
                io::ErrorKind::UnexpectedEof,
            ))),
            Ok(length) => {
                self.unread
                    .extend_from_slice(buffer.get(..length).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(late().into()),
            Err(error) => Err(NoRequest::Ending(Ending::Gone(error.kind()))),
        }
    }
}

impl From<Refusal> for NoRequest {
    fn from(refusal: Refusal) -> NoRequest {
        NoRequest::Refused(refusal)
    }
}
