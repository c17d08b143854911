//! How reading ends, and how client and server part then.

use std::io;

use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, WebSocket};

use super::session::Session;
use super::wire::Wire;

/// How reading ended.
#[derive(Debug)]
pub enum End {
    /// The server sent a Close; a code is not obligatory (RFC 6455, 5.5.1).
    Closed(Option<CloseFrame>),
    /// The connection ended without a Close, with an error or just so.
    Gone(Option<io::Error>),
    /// The server sent what a client must not take, and gets a Close with this code.
    Refused(CloseCode, Error),
    /// The output took no more.
    Output(io::Error),
}

impl From<Error> for End {
    fn from(error: Error) -> End {
        match error {
            Error::Io(error) => End::Gone(Some(error)),
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone(None),
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                End::Refused(CloseCode::Size, error)
            }
            Error::Utf8(_) => End::Refused(CloseCode::Invalid, error),
            error => End::Refused(CloseCode::Protocol, error),
        }
    }
}

/// Answers a Close or sends our own, then lets the server end the connection, for at most the goodbye's limit.
pub fn part(websocket: &mut WebSocket<Wire>, session: &Session, end: &End) {
    match end {
        // The reply is tungstenite's; if we sent a Close before, the write side drops it.
        End::Closed(_) => drop(websocket.flush()),
        End::Refused(code, _) => drop(session.close(*code, "")),
        End::Output(_) => drop(session.close(CloseCode::Normal, "")),
        End::Gone(_) => return,
    }
    // After an error tungstenite cannot read on, so these are raw bytes.
    websocket.get_mut().drain(session.limits().goodbye);
}
