//! Reading a request from a socket.

use std::io;

use super::Shared;
use super::ending::Ending;
use super::http::{Head, MAX_HEAD};
use super::refusal::Refusal;
use super::route::{self, Upgrade};
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

/// Reads a request, and returns the WebSocket that it asks for with what was read past it.
///
/// # Errors
/// [`NoRequest`] if it did not come in time, or is not one that is served.
pub fn read(socket: &Socket, shared: &Shared) -> Result<(Upgrade, Vec<u8>), NoRequest> {
    let (head, read_ahead) = read_head(socket, shared)?;
    shared.config.hooks.on_request.inspect(|hook| hook(&head));
    Ok((route::find(&head, &shared.config.allow_origin)?, read_ahead))
}

/// Reads the head of a request, and returns it with what was read past it.
///
/// One deadline bounds all reads together, or a peer that sends a byte a second could keep this thread for hours.
fn read_head(socket: &Socket, shared: &Shared) -> Result<(Head, Vec<u8>), NoRequest> {
    let deadline = Deadline::after(shared.config.handshake_timeout.get());
    let mut bytes = Vec::new();
    let mut buffer = [0; MAX_HEAD / 4];
    loop {
        if let Some((head, length)) = Head::parse(&bytes)? {
            let rest = bytes.split_off(length);
            return Ok((head, rest));
        }
        if shared.is_stopping() {
            // What has come already is still read, and nothing is waited for.
            socket.stop_reading();
        }
        let left = deadline.remaining().ok_or_else(late)?;
        match socket.read_within(left, &mut buffer) {
            // The end of the stream may be our own doing: it is how a stop wakes this thread.
            Ok(0) if shared.is_stopping() => return Err(Refusal::stopping().into()),
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

impl From<Refusal> for NoRequest {
    fn from(refusal: Refusal) -> NoRequest {
        NoRequest::Refused(refusal)
    }
}
