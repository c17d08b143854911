//! What can end a connection, each as one sentence.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::base::line;
use crate::client::connect::error::ConnectError;

/// What is in the reason with which our server ends a client that was too slow. That one may come back.
const SLOW: &str = "slow";

/// What ended a connection.
#[derive(Debug)]
pub enum LossCause {
    /// The server sent a Close.
    Closed {
        /// The code (RFC 6455, 7.4).
        code: u16,
        /// The reason as the server gave it.
        reason: String,
        /// Whether it is a chat like ours, so that codes of its own have our meaning.
        is_chat: bool,
    },
    /// The server sent a Close without a code.
    ClosedWithoutCode,
    /// The connection ended without a Close, and this is the error if there was one.
    Gone(Option<io::Error>),
    /// The server sent what a client must not take.
    Refused(tungstenite::Error),
    /// The server did not answer a Ping for so long.
    Silent(Duration),
    /// No receipt came for so long, though something else did.
    NoReceipts(Duration),
    /// The connection was lost, and there was no new one for so long.
    Away(Duration),
    /// The server took nothing of what we wrote for so long.
    Stalled(Duration),
    /// This many lines of the input could not be sent; each was reported. All others have their receipts.
    Skipped(u64),
    /// The client was told to leave before all lines had their receipts.
    Asked,
    /// All is over as it should be, but not all lines have their receipts.
    Done,
    /// The input could not be read.
    Input(io::Error),
    /// The output could not be written, for another reason than that its reader is gone.
    Output(io::Error),
    /// The system did not give us a thread.
    Thread(io::Error),
    /// The server had given us another name when the connection was lost.
    Renamed,
    /// The connection was lost, and the server refused a new one.
    NotLetIn(ConnectError),
}

impl LossCause {
    /// Whether a new connection may help.
    pub fn is_lost(&self) -> bool {
        match self {
            LossCause::Gone(_)
            | LossCause::Silent(_)
            | LossCause::Stalled(_)
            | LossCause::Renamed => true,
            // Going away, an error in it, a restart, too busy.
            LossCause::Closed {
                code: 1001 | 1011 | 1012 | 1013,
                ..
            } => true,
            // A chat like ours uses the code for its rules also for a client that was too slow.
            LossCause::Closed {
                code: 1008,
                reason,
                is_chat: true,
            } => reason.contains(SLOW),
            _ => false,
        }
    }
}

impl fmt::Display for LossCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LossCause::Closed {
                code,
                reason,
                is_chat,
            } => closed(f, *code, reason, *is_chat),
            LossCause::ClosedWithoutCode => {
                write!(f, "the server ended the connection and did not say why")
            }
            LossCause::Gone(None) => write!(f, "the connection ended without a Close"),
            LossCause::Gone(Some(error)) => write!(f, "the connection was lost: {error}"),
            LossCause::Refused(error) => {
                write!(f, "ended the connection over what the server sent: {error}")
            }
            LossCause::Silent(limit) => lasted(f, "the server did not answer a Ping", *limit),
            LossCause::NoReceipts(limit) => lasted(f, "the server sent no receipt", *limit),
            LossCause::Away(limit) => lasted(f, "no new connection", *limit),
            LossCause::Stalled(limit) => lasted(f, "the server took nothing", *limit),
            LossCause::Skipped(1) => write!(f, "1 line was not sent"),
            LossCause::Skipped(lines) => write!(f, "{lines} lines were not sent"),
            LossCause::Asked => write!(f, "left before all was done"),
            LossCause::Done => write!(f, "not all lines have their receipts"),
            LossCause::Input(error) => write!(f, "cannot read the input: {error}"),
            LossCause::Output(error) => write!(f, "cannot write the output: {error}"),
            LossCause::Thread(error) => write!(f, "cannot start a thread: {error}"),
            LossCause::Renamed => write!(f, "the name has changed meanwhile"),
            LossCause::NotLetIn(error) => write!(f, "the connection was lost, and {error}"),
        }
    }
}

impl Error for LossCause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LossCause::Gone(Some(error))
            | LossCause::Input(error)
            | LossCause::Output(error)
            | LossCause::Thread(error) => Some(error),
            LossCause::Refused(error) => Some(error),
            LossCause::NotLetIn(error) => Some(error),
            _ => None,
        }
    }
}

fn lasted(f: &mut fmt::Formatter<'_>, what: &str, limit: Duration) -> fmt::Result {
    write!(f, "{what} for {} s", limit.as_secs_f32())
}

fn closed(f: &mut fmt::Formatter<'_>, code: u16, reason: &str, is_chat: bool) -> fmt::Result {
    write!(f, "the server ended the connection with Close {code}")?;
    let meaning = match code {
        1000 => ", it is done",
        1001 => ", it is going away",
        1002 => ", it found a protocol error",
        1003 => ", it takes no such data",
        1007 => ", it got text that is not UTF-8",
        1008 => ", this is against its rules",
        1009 => ", the message was too big",
        1011 => ", it failed",
        1012 => ", it restarts",
        1013 => ", it is too busy, try again later",
        4001 if is_chat => ", another connection has taken this one's place",
        // Its meaning is the server's own (RFC 6455, 7.4.2).
        _ => "",
    };
    f.write_str(meaning)?;
    match reason {
        "" => Ok(()),
        reason => write!(f, ": {}", line::clean(reason)),
    }
}
