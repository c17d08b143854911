//! The socket thread, which is the main thread: reads frames, prints them, and answers Pings at once.
//!
//! It blocks in two places only. In its read, which ends with a frame, with the connection, or when another thread that
//! leaves gives up on the server and shuts the socket down; a server whose machine is gone is found out by TCP keepalive.
//! And in its write to the output, until the output's reader reads or closes; meanwhile no Ping is answered, which is the
//! truth: nobody takes what the server sends. It never waits for the write side.

use std::io::{self, Write};

use crossbeam_channel::Sender;
use tungstenite::error::CapacityError;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use super::receipts::Receipts;
use super::session::{END_OF_INPUT, Session};
use super::wire::Wire;
use crate::line;

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

/// Prints what the server sends until it ends. `heard` gets a word of each frame after it was printed.
pub fn run(
    websocket: &mut WebSocket<Wire>,
    session: &Session,
    receipts: &mut Receipts,
    heard: &Sender<()>,
    output: &mut impl Write,
) -> End {
    loop {
        // tungstenite answers a Ping, through the write side, when it is called again: that is now.
        let printed = match websocket.read() {
            Ok(Message::Text(text)) => print(&text, session, receipts, output),
            Ok(Message::Binary(data)) => {
                writeln!(output, "* a binary message of {} bytes", data.len())
            }
            Ok(Message::Pong(payload)) if payload == END_OF_INPUT => {
                session.set_receipted();
                Ok(())
            }
            Ok(Message::Close(close)) => return End::Closed(close),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Ok(()),
            Err(error) => return end_of(error),
        };
        if let Err(error) = printed {
            return End::Output(error);
        }
        // If the channel is full, a word waits in it already, and one is enough.
        let _ = heard.try_send(());
    }
}

/// Prints a message, line by line, without what could take over the terminal.
fn print(
    text: &str,
    session: &Session,
    receipts: &mut Receipts,
    output: &mut impl Write,
) -> io::Result<()> {
    for line in text.lines() {
        receipts.look_at(line, session.sent());
        let mut clean = line::clean(line).into_owned();
        clean.push('\n');
        output.write_all(clean.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

fn end_of(error: Error) -> End {
    match error {
        Error::Io(error) => End::Gone(Some(error)),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            End::Gone(None)
        }
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            End::Refused(CloseCode::Size, error)
        }
        Error::Utf8(_) => End::Refused(CloseCode::Invalid, error),
        error => End::Refused(CloseCode::Protocol, error),
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
