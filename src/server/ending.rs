//! Why a connection ends, and what its peer is told about that.

use std::fmt;
use std::io;
use std::time::Duration;

use tungstenite::Error;
use tungstenite::error::ProtocolError;

use super::metrics::EndingLabel;

/// Why a connection ends. Each socket has one, written once, before anyone touches the socket to end it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The peer said Close, with this code or none.
    Left(Option<u16>),
    /// The peer's stream ended or broke without a Close.
    Gone(io::ErrorKind),
    /// Nothing was heard from the peer for the idle timeout.
    Silent,
    /// The peer broke a rule of the protocol or a limit, and is told which.
    Broke {
        /// The code of the Close: 1002, 1003, 1007 or 1009.
        code: u16,
        /// What it did.
        reason: String,
    },
    /// The request was answered with this status, and no WebSocket came of it.
    Refused(u16),
    /// All that was asked over HTTP was answered.
    Served,
    /// More waited for the peer than the backlog allows.
    TooSlow,
    /// The peer took nothing for the write timeout.
    Stuck,
    /// The peer took something now and then, but less than the lowest rate.
    Trickling,
    /// The peer fell behind while too many were.
    TooManyBehind,
    /// Somebody joined with the same name and key: the same person, on a new connection.
    Replaced,
    /// The server stops.
    Stopping,
    /// The connection's thread panicked.
    Panicked,
}

impl Ending {
    /// What the server has to say in its Close: a code (RFC 6455, section 7.4) and a reason. `None` if the peer closed
    /// first, cannot be reached any more, or never became a WebSocket.
    pub fn close(&self) -> Option<(u16, &str)> {
        match self {
            Ending::Broke { code, reason } => Some((*code, reason)),
            Ending::TooSlow => Some((
                1008,
                "too slow: more is waiting for you than the server keeps",
            )),
            Ending::TooManyBehind => Some((1013, "too many clients are behind; try again later")),
            Ending::Replaced => Some((4001, "replaced by a new connection with your name and key")),
            Ending::Stopping => Some((1001, "the server is stopping")),
            Ending::Left(_)
            | Ending::Gone(_)
            | Ending::Silent
            | Ending::Refused(_)
            | Ending::Served
            | Ending::Stuck
            | Ending::Trickling
            | Ending::Panicked => None,
        }
    }
}

/// The ending of a peer that broke a rule or a limit.
pub fn broke(code: u16, reason: impl ToString) -> Ending {
    Ending::Broke {
        code,
        reason: reason.to_string(),
    }
}

impl Ending {
    /// What it is counted as.
    pub fn label(&self) -> EndingLabel {
        match self {
            Ending::Left(_) => EndingLabel::Left,
            Ending::Gone(_) => EndingLabel::Gone,
            Ending::Silent => EndingLabel::Silent,
            Ending::Broke { .. } => EndingLabel::BrokeARule,
            Ending::Refused(_) => EndingLabel::Refused,
            Ending::Served => EndingLabel::Served,
            Ending::TooSlow => EndingLabel::TooSlow,
            Ending::Stuck => EndingLabel::Stuck,
            Ending::Trickling => EndingLabel::Trickling,
            Ending::TooManyBehind => EndingLabel::TooManyBehind,
            Ending::Replaced => EndingLabel::Replaced,
            Ending::Stopping => EndingLabel::Stopping,
            Ending::Panicked => EndingLabel::Panicked,
        }
    }

    /// How long the peer has to take our last words and to go: the close timeout. One that is too slow cannot be told before
    /// the block under way has got through, for which it has the write timeout.
    pub fn patience(&self, close_timeout: Duration, write_timeout: Duration) -> Duration {
        match self {
            Ending::TooSlow => write_timeout + close_timeout,
            _ => close_timeout,
        }
    }
}

impl From<Error> for Ending {
    /// What an error of tungstenite means. It sends no Close for any of them (RFC 6455, section 7.4.1).
    fn from(error: Error) -> Ending {
        match error {
            Error::Io(error) => Ending::Gone(error.kind()),
            Error::ConnectionClosed | Error::AlreadyClosed => Ending::Left(None),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                Ending::Gone(io::ErrorKind::UnexpectedEof)
            }
            Error::Utf8(_) => broke(1007, "text must be UTF-8"),
            Error::Capacity(error) => broke(1009, error),
            error => broke(1002, error),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Left(Some(code)) => write!(f, "left with Close {code}"),
            Ending::Left(None) => f.write_str("left with a Close without a code"),
            Ending::Gone(io::ErrorKind::UnexpectedEof) => f.write_str("gone without a Close"),
            Ending::Gone(kind) => write!(f, "gone: {kind}"),
            Ending::Silent => f.write_str("gone: nothing was heard from it"),
            Ending::Broke { code, reason } => write!(f, "ended with Close {code}: {reason}"),
            Ending::Refused(status) => write!(f, "answered with {status}"),
            Ending::Served => f.write_str("served over HTTP"),
            Ending::TooSlow => f.write_str("too slow: its backlog was full"),
            Ending::Stuck => f.write_str("gone: it took nothing for the write timeout"),
            Ending::Trickling => f.write_str("gone: it took less than 1 KiB a second"),
            Ending::TooManyBehind => f.write_str("ended because too many were behind"),
            Ending::Replaced => f.write_str("replaced by a new connection with its name and key"),
            Ending::Stopping => f.write_str("ended because the server stops"),
            Ending::Panicked => f.write_str("ended by a bug in the server: its thread panicked"),
        }
    }
}
