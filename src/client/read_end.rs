//! How reading ends, and how client and server part then.

use std::io;
use std::time::Duration;

use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, WebSocket};

use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::session::Session;

/// How reading ended.
#[derive(Debug)]
pub enum ReadEnd {
    /// The server sent a Close; a code is not obligatory (RFC 6455, 5.5.1).
    Closed(Option<CloseFrame>),
    /// The connection ended without a Close, perhaps with an error.
    Gone(Option<io::Error>),
    /// The server sent what a client must not take, and gets a Close with this code.
    Refused(CloseCode, Error),
    /// The server did not answer a Ping for so long.
    Silent(Duration),
    /// The output took no more.
    Output(io::Error),
    /// We have another name in the room than we thought, and are to come back with it.
    Renamed,
}

impl From<Error> for ReadEnd {
    fn from(error: Error) -> ReadEnd {
        match error {
            Error::Io(error) => ReadEnd::Gone(Some(error)),
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => ReadEnd::Gone(None),
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                ReadEnd::Refused(CloseCode::Size, error)
            }
            Error::Utf8(_) => ReadEnd::Refused(CloseCode::Invalid, error),
            error => ReadEnd::Refused(CloseCode::Protocol, error),
        }
    }
}

/// Answers a Close or sends our own, then lets the server end the connection, for at most `limit`.
pub fn part(
    websocket: &mut WebSocket<ClientStream>,
    session: &Session,
    limit: Duration,
    end: &ReadEnd,
) {
    match end {
        // The reply is tungstenite's; if we sent a Close before, the write side drops it.
        ReadEnd::Closed(_) => drop(websocket.flush()),
        ReadEnd::Refused(code, _) => drop(session.close(*code, "")),
        ReadEnd::Output(_) | ReadEnd::Renamed => drop(session.close(CloseCode::Normal, "")),
        // Nothing more comes from it, so nothing is waited for.
        ReadEnd::Silent(_) => {
            session.close(CloseCode::Normal, "");
            return;
        }
        ReadEnd::Gone(_) => return,
    }
    // After an error tungstenite cannot read on, so these are raw bytes.
    websocket.get_mut().drain(limit);
}
