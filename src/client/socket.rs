//! The socket thread, which is the main thread: reads frames, prints them, and answers Pings at once.
//!
//! It blocks in two places only. In its read, which ends with a frame, with the connection, or when another thread that
//! leaves gives up on the server and shuts the socket down; a server whose machine is gone is found out by TCP
//! keepalive. And in its write to the output, until the output's reader reads or closes; meanwhile no Ping is answered,
//! which is the truth: nobody takes what the server sends. It never waits for the write side.

use std::io::{self, Write};

use crossbeam_channel::Sender;
use tungstenite::{Message, WebSocket};

use super::end::End;
use super::receipts::Receipts;
use super::session::{END_OF_INPUT, Session};
use super::wire::Wire;
use crate::line;

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
            Err(error) => return End::from(error),
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
