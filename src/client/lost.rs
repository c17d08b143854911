//! What can end a connection, each as one sentence.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::base::line;
use crate::client::opening::failure::NotConnected;

/// Why a connection did not end as it should.
#[derive(Debug)]
pub struct Lost {
    /// What ended it.
    pub why: Why,
    /// How many of the lines that were sent have no receipt: the server may have got them or not.
    pub uncertain: u64,
    /// How many lines were never sent.
    pub unsent: u64,
}

/// What ended a connection.
#[derive(Debug)]
pub enum Why {
    /// The server sent a Close.
    Closed {
        /// The code (RFC 6455, 7.4), if there was one.
        code: Option<u16>,
        /// The reason as the server gave it.
        reason: String,
    },
    /// The connection ended without a Close, and this is the error if there was one.
    Gone(Option<io::Error>),
    /// The server sent what a client must not take.
    Refused(tungstenite::Error),
    /// A receipt was due, but nothing came for so long.
    Silence(Duration),
    /// No receipt came for so long, though something else did.
    NoReceipts(Duration),
    /// The connection was lost, and there was no new one for so long.
    Away(Duration),
    /// The server took nothing of what we wrote for so long.
    Stalled(Duration),
    /// So many lines of the input could not be sent; each was reported. All others have their receipts.
    Skipped(u64),
    /// The input could not be read.
    Input(io::Error),
    /// The output could not be written, for another reason than that its reader is gone.
    Output(io::Error),
    /// The system did not give us a thread.
    Thread(io::Error),
    /// The server had given us another name when the connection was lost.
    Renamed,
    /// The connection was lost, and the server refused a new one.
    NotLetIn(NotConnected),
}

impl Why {
    /// Whether a new connection may help.
    pub fn is_lost(&self) -> bool {
        match self {
            Why::Gone(_) | Why::Stalled(_) | Why::Renamed => true,
            // Going away, too slow for it, an error in it, a restart, too busy.
            Why::Closed { code, .. } => matches!(code, Some(1001 | 1008 | 1011 | 1012 | 1013)),
            _ => false,
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.why)?;
        match self.uncertain {
            0 => {}
            1 => write!(
                f,
                "; 1 line has no receipt: the server may have got it or not"
            )?,
            lines => write!(
                f,
                "; {lines} lines have no receipt: the server may have got them or not"
            )?,
        }
        match self.unsent {
            0 => Ok(()),
            1 => write!(f, "; 1 line was not sent"),
            lines => write!(f, "; {lines} lines were not sent"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Closed { code, reason } => closed(f, *code, reason),
            Why::Gone(None) => write!(f, "the connection ended without a Close"),
            Why::Gone(Some(error)) => write!(f, "the connection was lost: {error}"),
            Why::Refused(error) => {
                write!(f, "ended the connection over what the server sent: {error}")
            }
            Why::Silence(limit) => {
                write!(f, "the server said nothing for {} s", limit.as_secs_f32())
            }
            Why::NoReceipts(limit) => {
                write!(
                    f,
                    "the server sent no receipt for {} s",
                    limit.as_secs_f32()
                )
            }
            Why::Away(limit) => {
                write!(f, "no new connection for {} s", limit.as_secs_f32())
            }
            Why::Stalled(limit) => {
                write!(f, "the server took nothing for {} s", limit.as_secs_f32())
            }
            Why::Skipped(1) => write!(f, "1 line was not sent"),
            Why::Skipped(lines) => write!(f, "{lines} lines were not sent"),
            Why::Input(error) => write!(f, "cannot read the input: {error}"),
            Why::Output(error) => write!(f, "cannot write the output: {error}"),
            Why::Thread(error) => write!(f, "cannot start a thread: {error}"),
            Why::Renamed => write!(f, "the name has changed meanwhile"),
            Why::NotLetIn(error) => write!(f, "the connection was lost, and {error}"),
        }
    }
}

impl std::error::Error for Lost {}

fn closed(f: &mut fmt::Formatter<'_>, code: Option<u16>, reason: &str) -> fmt::Result {
    let Some(code) = code else {
        return write!(f, "the server ended the connection and did not say why");
    };
    let meaning = match code {
        1000 => "it is done",
        1001 => "it is going away",
        1002 => "it found a protocol error",
        1003 => "it takes no such data",
        1007 => "it got text that is not UTF-8",
        1008 => "this is against its rules",
        1009 => "the message was too big",
        1011 => "it failed",
        1012 => "it restarts",
        1013 => "it is too busy, try again later",
        4001 => "another connection has taken this one's place",
        _ => "a code of its own",
    };
    write!(
        f,
        "the server ended the connection with Close {code}, {meaning}"
    )?;
    if reason.is_empty() {
        Ok(())
    } else {
        write!(f, ": {}", line::clean(reason))
    }
}
