//! How reading ends, and how client and server part then.

use std::io;
use std::time::Duration;

use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, WebSocket};

use crate::client::lost::Why;
use crate::client::session::Session;
use crate::client::talk::{Leaving, Talk};
use crate::client::wire::Wire;

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
    /// We have another name in the room than we thought, and are to come back with it.
    Return,
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

/// Answers a Close or sends our own, then lets the server end the connection, for at most `limit`.
pub fn part(websocket: &mut WebSocket<Wire>, session: &Session, limit: Duration, end: &End) {
    match end {
        // The reply is tungstenite's; if we sent a Close before, the write side drops it.
        End::Closed(_) => drop(websocket.flush()),
        End::Refused(code, _) => drop(session.close(*code, "")),
        End::Output(_) | End::Return => drop(session.close(CloseCode::Normal, "")),
        End::Gone(_) => return,
    }
    // After an error tungstenite cannot read on, so these are raw bytes.
    websocket.get_mut().drain(limit);
}

/// What to tell about the end, or `None` if all is well. What we wanted ourselves comes before what the server did
/// then.
pub fn outcome(end: End, talk: &Talk, session: &Session) -> Option<Why> {
    match (talk.leaving(), end) {
        (_, End::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => None,
        (_, End::Output(error)) => Some(Why::Output(error)),
        (Some(Leaving::Asked | Leaving::EndOfInput { skipped: 0 }), _) => None,
        (Some(Leaving::EndOfInput { skipped }), _) => Some(Why::Skipped(*skipped)),
        (Some(Leaving::Silence), _) => Some(Why::Silence(talk.limits.receipts)),
        (Some(Leaving::NoReceipts), _) => Some(Why::NoReceipts(talk.limits.overdue)),
        (Some(Leaving::Away), _) => Some(Why::Away(talk.limits.away)),
        (Some(Leaving::Input(error)), _) => {
            Some(Why::Input(io::Error::new(error.kind(), error.to_string())))
        }
        (None, _) if session.has_stalled() => Some(Why::Stalled(talk.limits.write)),
        (None, End::Closed(close)) => Some(Why::Closed {
            code: close.as_ref().map(|close| close.code.into()),
            reason: close
                .map(|close| close.reason.to_string())
                .unwrap_or_default(),
        }),
        (None, End::Gone(error)) => Some(Why::Gone(error)),
        (None, End::Return) => Some(Why::Renamed),
        (None, End::Refused(_, error)) => Some(Why::Refused(error)),
    }
}
