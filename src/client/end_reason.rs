//! Why a connection or the whole client ends. Each reason has a message for the user.

use std::io;
use std::time::Duration;

use thiserror::Error;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::base::frame::is_close_code;
use crate::base::line;
use crate::client::connect::error::ConnectError;

/// Why a connection or the whole client ends.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the message of a variant says what it is")]
pub enum EndReason {
    /// The server sent a Close.
    #[error("{}", closed(.close.as_ref(), *.is_chat))]
    Closed {
        /// The code and the reason (RFC 6455, 5.5.1), or `None` if the Close has no code.
        close: Option<CloseFrame>,
        /// Whether the server is a chat like ours. If so, the codes 1008 and 4001 mean what our server means by them.
        is_chat: bool,
    },
    #[error("the connection ended without a Close")]
    EndedWithoutClose,
    #[error("the connection was lost: {0}")]
    ConnectionLost(#[source] io::Error),
    /// The server sent something that a client must reject. The client replies with a Close that has this code.
    #[error("disconnected because of what the server sent: {1}")]
    InvalidData(CloseCode, #[source] tungstenite::Error),
    #[error("the server did not answer a Ping for {} s", .0.as_secs_f32())]
    PingTimeout(Duration),
    /// The server sent no receipt for this long, although it sent other frames.
    #[error("the server sent no receipt for {} s", .0.as_secs_f32())]
    ReceiptTimeout(Duration),
    /// For this long, the server sent other frames, but no Pong for the Ping after the last line.
    #[error("the server did not answer a Ping for {} s", .0.as_secs_f32())]
    FinalPongTimeout(Duration),
    /// The connection was lost, and the client could not reconnect for this long.
    #[error("no new connection for {} s", .0.as_secs_f32())]
    ReconnectTimeout(Duration),
    /// A write made no progress for this long, because the server read nothing.
    #[error("the server read nothing for {} s", .0.as_secs_f32())]
    WriteTimeout(Duration),
    /// Our name in the room has changed, or a gap may hide such a change. The client must reconnect.
    #[error("the name has changed")]
    Renamed,
    /// The connection was lost, and this error makes another attempt pointless.
    #[error("the connection was lost, and {0}")]
    ReconnectFailed(#[source] ConnectError),
    /// The client was asked to leave, for example with Ctrl-C.
    #[error("left early")]
    LeaveRequested,
    /// The input ended, time ran out, or the server sent Close 1000. This is an error only if lines are unfinished.
    #[error("not all lines have their receipts")]
    Finished,
    /// The input has ended. This many of its lines could not be sent, and each was reported.
    #[error("{}", unfinished(0, *.0).unwrap_or_default())]
    Skipped(u64),
    #[error("cannot read the input: {0}")]
    Input(#[source] io::Error),
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
}

impl EndReason {
    /// Returns whether a new connection may help.
    pub(crate) fn may_reconnect(&self) -> bool {
        match self {
            EndReason::EndedWithoutClose
            | EndReason::ConnectionLost(_)
            | EndReason::PingTimeout(_)
            | EndReason::WriteTimeout(_)
            | EndReason::Renamed => true,
            EndReason::Closed {
                close: Some(close),
                is_chat,
            } => match close.code.into() {
                // These mean: going away, internal error, restart, try again later, bad gateway.
                1001 | 1011..=1014 => true,
                // A chat like ours also sends this code to a slow consumer. In that case, the reason contains `slow`.
                1008 => *is_chat && close.reason.contains("slow"),
                _ => false,
            },
            _ => false,
        }
    }
}

impl From<tungstenite::Error> for EndReason {
    fn from(error: tungstenite::Error) -> EndReason {
        use tungstenite::Error;
        match error {
            Error::Io(error) => EndReason::ConnectionLost(error),
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                EndReason::EndedWithoutClose
            }
            Error::Capacity(_) => EndReason::InvalidData(CloseCode::Size, error),
            Error::Utf8(_) => EndReason::InvalidData(CloseCode::Invalid, error),
            error => EndReason::InvalidData(CloseCode::Protocol, error),
        }
    }
}

fn closed(close: Option<&CloseFrame>, is_chat: bool) -> String {
    let Some(CloseFrame { code, reason }) = close else {
        return "the server ended the connection and did not say why".to_owned();
    };
    if !is_close_code((*code).into()) {
        return format!("disconnected because of what the server sent: Close {code} is invalid");
    }
    let meaning = match u16::from(*code) {
        1000 => " (done)",
        1001 => " (going away)",
        1002 => " (protocol error)",
        1003 => " (unsupported data)",
        1007 => " (text that is not UTF-8)",
        1008 => " (against its rules)",
        1009 => " (message too big)",
        1011 => " (internal error)",
        1012 => " (restarting)",
        1013 => " (try again later)",
        1014 => " (bad gateway)",
        4001 if is_chat => " (replaced by another connection)",
        // Codes from 4000 on have the meaning that the server gives them (RFC 6455, 7.4.2).
        _ => "",
    };
    let colon = if reason.is_empty() { "" } else { ": " };
    let reason = line::clean(reason);
    format!("the server ended the connection with Close {code}{meaning}{colon}{reason}")
}

/// Why a client ended with an error, and how many lines are unfinished.
#[derive(Debug, Error)]
#[error("{why}{}", unfinished(*.uncertain, *.unsent).map_or(String::new(), |what| format!("; {what}")))]
pub struct LostConnection {
    /// Why the client ended.
    #[source]
    pub why: EndReason,
    /// How many lines were sent but have no receipt. The server may or may not have received them. The count includes
    /// lines for which a notice was shown.
    pub uncertain: u64,
    /// How many lines were still to be sent when the client ended.
    pub unsent: u64,
}

/// Returns a message that counts the lines without a receipt and the unsent lines, or `None` if both counts are 0.
pub fn unfinished(uncertain: u64, unsent: u64) -> Option<String> {
    let count = |lines: u64, one: &str, several: &str| match lines {
        0 => None,
        1 => Some(format!("1 line {one}")),
        lines => Some(format!("{lines} lines {several}")),
    };
    let uncertain = count(
        uncertain,
        "has no receipt: the server may or may not have received it",
        "have no receipt: the server may or may not have received them",
    );
    let unsent = count(unsent, "was not sent", "were not sent");
    let sentences: Vec<String> = uncertain.into_iter().chain(unsent).collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}
