//! Reading the head of a request from a socket.

use std::io;

use super::Shared;
use super::ending::Ending;
use super::http::{Head, MAX_HEAD};
use super::refusal::Refusal;
use super::socket::Socket;
use crate::deadline::Deadline;

/// Why there is no request to serve.
#[derive(Debug)]
pub enum NoRequest {
    /// There is nobody to answer.
    Ending(Ending),
    /// This is the answer.
    Refused(Refusal),
}

/// Reads the head of a request, and returns it with what was read past it.
///
/// One deadline bounds all reads together, or a peer that sends a byte a second could keep this thread for hours.
///
/// # Errors
/// [`NoRequest`] if no head came in time, or none that can be read, or the server stops.
pub fn read(socket: &Socket, shared: &Shared) -> Result<(Head, Vec<u8>), NoRequest> {
    let deadline = Deadline::after(shared.config.handshake_timeout.get());
    let mut bytes = Vec::new();
    let mut buffer = [0; MAX_HEAD / 4];
    loop {
        if let Some((head, length)) = Head::parse(&bytes)? {
            let rest = bytes.split_off(length);
            return Ok((head, rest));
        }
        if shared.is_stopping() {
            return Err(stopping(&bytes));
        }
        let left = deadline.remaining().ok_or_else(late)?;
        match socket.read_within(left, &mut buffer) {
            // The end of the stream may be our own doing: it is how a stop wakes this thread.
            Ok(0) if shared.is_stopping() => return Err(stopping(&bytes)),
            Ok(0) => return Err(gone(io::ErrorKind::UnexpectedEof)),
            Ok(length) => bytes.extend_from_slice(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(late()),
            Err(error) => return Err(gone(error.kind())),
        }
    }
}

fn gone(kind: io::ErrorKind) -> NoRequest {
    NoRequest::Ending(Ending::Gone(kind))
}

fn late() -> NoRequest {
    NoRequest::Refused(Refusal::new(
        408,
        "The head of the request did not come in time.",
    ))
}

/// Whoever has begun to ask gets an answer.
fn stopping(bytes: &[u8]) -> NoRequest {
    if bytes.is_empty() {
        NoRequest::Ending(Ending::Stopping)
    } else {
        NoRequest::Refused(Refusal::stopping())
    }
}

impl From<Refusal> for NoRequest {
    fn from(refusal: Refusal) -> NoRequest {
        NoRequest::Refused(refusal)
    }
}
