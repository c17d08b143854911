//! Why a connection ends, as the Close, the log and the metrics report it.

use std::fmt;
use std::io;
use std::time::Duration;

use tungstenite::Error;
use tungstenite::error::ProtocolError;

use crate::server::observe::labels::labels;

labels! {
    /// Why a connection ends. Each socket has at most one reason. Except at a stop, it is set before the socket is shut
    /// down.
    #[derive(Clone, Debug, Eq, PartialEq)]
    DisconnectReason {
        /// The peer sent a Close, with this code or without a code.
        ClosedByPeer(Option<u16>) = "closed_by_peer",
        /// The peer's stream ended, or the connection broke, without a Close.
        ConnectionLost(io::ErrorKind) = "connection_lost",
        /// The peer sent nothing for the whole idle timeout, and accepted nothing in the second half of it.
        IdleTimeout = "idle_timeout",
        /// The peer violated the protocol or exceeded a limit.
        ProtocolError {
            /// The code of the Close: 1002, 1003, 1007 or 1009.
            code: u16,
            /// What the peer did wrong.
            reason: String,
        } = "protocol_error",
        /// The last request was answered with an error response of this status.
        HttpError(u16) = "http_error",
        /// The connection ended after its last HTTP response.
        HttpDone = "http_done",
        /// The peer's backlog was full.
        SlowConsumer = "slow_consumer",
        /// The peer accepted nothing within the write timeout.
        WriteTimeout = "write_timeout",
        /// The peer accepted bytes, but more slowly than the minimum rate.
        Trickling = "trickling",
        /// The peer fell behind, and no permit or thread was available for it.
        Overloaded = "overloaded",
        /// A new connection joined with the same name and key.
        Replaced = "replaced",
        /// The server is stopping.
        ShuttingDown = "shutting_down",
        /// The cluster has dropped this server, or the cluster's room is lost.
        LostRoom = "lost_room",
        /// The connection's thread panicked.
        Panicked = "panicked",
    }
}

impl DisconnectReason {
    /// Returns the code (RFC 6455, section 7.4) and the reason of the server's Close.
    ///
    /// Returns `None` if the peer closed first, or if it cannot receive a Close. Also returns `None` for `HttpError`
    /// and `HttpDone`, and after a panic.
    pub(crate) fn close(&self) -> Option<(u16, &str)> {
        match self {
            DisconnectReason::ProtocolError { code, reason } => Some((*code, reason)),
            DisconnectReason::SlowConsumer => Some((
                1008,
                "too slow: too many bytes are waiting for you in the server",
            )),
            DisconnectReason::Overloaded => {
                Some((1013, "too many clients are behind; try again later"))
            }
            DisconnectReason::Replaced => {
                Some((4001, "replaced by a new connection with your name and key"))
            }
            DisconnectReason::ShuttingDown => Some((1001, "the server is stopping")),
            DisconnectReason::LostRoom => {
                Some((1012, "the server has lost the room; connect again"))
            }
            DisconnectReason::ClosedByPeer(_)
            | DisconnectReason::ConnectionLost(_)
            | DisconnectReason::IdleTimeout
            | DisconnectReason::HttpError(_)
            | DisconnectReason::HttpDone
            | DisconnectReason::WriteTimeout
            | DisconnectReason::Trickling
            | DisconnectReason::Panicked => None,
        }
    }

    /// Makes the reason for a peer that violated the protocol or exceeded a limit. `code` is the code of the Close.
    pub(crate) fn protocol_error(code: u16, reason: impl ToString) -> DisconnectReason {
        DisconnectReason::ProtocolError {
            code,
            reason: reason.to_string(),
        }
    }

    /// Returns how long the peer has to accept the server's last bytes and close the connection: the close timeout.
    ///
    /// A slow consumer gets the write timeout as well, because it must first accept the block in flight.
    pub(crate) fn closing_time_limit(
        &self,
        close_timeout: Duration,
        write_timeout: Duration,
    ) -> Duration {
        match self {
            DisconnectReason::SlowConsumer => write_timeout + close_timeout,
            _ => close_timeout,
        }
    }
}

impl From<Error> for DisconnectReason {
    /// Maps an error of tungstenite to a reason, with a Close code (RFC 6455, section 7.4.1) if the peer is at fault.
    /// tungstenite itself sends no Close.
    fn from(error: Error) -> DisconnectReason {
        match error {
            Error::Io(error) => DisconnectReason::ConnectionLost(error.kind()),
            Error::ConnectionClosed | Error::AlreadyClosed => DisconnectReason::ClosedByPeer(None),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                DisconnectReason::ConnectionLost(io::ErrorKind::UnexpectedEof)
            }
            Error::Utf8(_) => DisconnectReason::protocol_error(1007, "text must be UTF-8"),
            Error::Capacity(error) => DisconnectReason::protocol_error(1009, error),
            error => DisconnectReason::protocol_error(1002, error),
        }
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DisconnectReason::ClosedByPeer(Some(code)) => write!(f, "left with Close {code}"),
            DisconnectReason::ClosedByPeer(None) => {
                f.write_str("left with a Close that has no code")
            }
            DisconnectReason::ConnectionLost(io::ErrorKind::UnexpectedEof) => {
                f.write_str("gone: the stream ended without a Close")
            }
            DisconnectReason::ConnectionLost(kind) => write!(f, "gone: {kind}"),
            DisconnectReason::IdleTimeout => {
                f.write_str("gone: it was silent for the whole idle timeout")
            }
            DisconnectReason::ProtocolError { code, reason } => {
                write!(f, "ended with Close {code}: {reason}")
            }
            DisconnectReason::HttpError(status) => write!(f, "answered with {status}"),
            DisconnectReason::HttpDone => f.write_str("served over HTTP"),
            DisconnectReason::SlowConsumer => f.write_str("too slow: its backlog was full"),
            DisconnectReason::WriteTimeout => {
                f.write_str("gone: it accepted no bytes within the write timeout")
            }
            DisconnectReason::Trickling => {
                f.write_str("gone: it accepted less than 1 KiB per second")
            }
            DisconnectReason::Overloaded => f.write_str("ended: too many clients were behind"),
            DisconnectReason::Replaced => {
                f.write_str("replaced by a new connection with its name and key")
            }
            DisconnectReason::ShuttingDown => f.write_str("ended: the server is stopping"),
            DisconnectReason::LostRoom => f.write_str("ended: the server has lost the room"),
            DisconnectReason::Panicked => {
                f.write_str("ended: its thread panicked, which is a bug in the server")
            }
        }
    }
}
