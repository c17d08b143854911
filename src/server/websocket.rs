//! A WebSocket's life on its connection's thread: join, read until it ends, say why.
//!
//! The thread reads and never writes. Whatever its client gets goes to the hub, and from there to a writer.

use std::io;

use tungstenite::protocol::CloseFrame;
use tungstenite::{Bytes, Error, Message, WebSocket};

use super::connection::Connection;
use super::ending::{Ending, broke};
use super::http::route::Upgrade;
use super::limits::cost;
use super::messages::ToHub;
use super::queue::Block;
use super::wire::Wire;
use super::write_half::WriteHalf;
use crate::frame;
use crate::line::{Lines, NoLines};

/// One WebSocket, seen from the thread that reads it.
#[derive(Debug)]
pub struct Session<'a> {
    connection: &'a Connection,
    is_echo: bool,
}

impl<'a> Session<'a> {
    /// Joins: the room, if anything is asked of it. From now on the hub and a writer own what the client gets.
    pub fn join(connection: &'a Connection, half: WriteHalf, upgrade: Upgrade) -> Session<'a> {
        let is_echo = upgrade.asked.is_none();
        connection.socket.become_websocket();
        connection.tell(ToHub::Join(connection.id, half, upgrade));
        Session {
            connection,
            is_echo,
        }
    }

    /// Reads until the connection ends, and says goodbye if this side ends it. `read_ahead` came with the request.
    pub fn run(self, read_ahead: Vec<u8>) {
        let Connection {
            id, socket, shared, ..
        } = self.connection;
        let mut websocket = Wire::websocket(self.connection, read_ahead);
        let ending = match socket.set_read_timeout(shared.config.idle_timeout.get() / 2) {
            Ok(()) => self.read_until_the_end(&mut websocket),
            Err(error) => Ending::Gone(error.kind()),
        };
        let close = ending
            .close()
            .map(|(code, reason)| frame::close(code, reason));
        if let (true, Some(close)) = (socket.end(ending), close) {
            self.connection
                .tell(ToHub::Private(*id, Block::last(close)));
        }
    }

    fn read_until_the_end(&self, websocket: &mut WebSocket<Wire<'_>>) -> Ending {
        loop {
            let message = websocket.read();
            // Once there is a reason to end, nothing counts any more that the client says.
            if let Some(ending) = self.connection.socket.ending() {
                return ending.clone();
            }
            let result = match message {
                Ok(message) => self
                    .take(message, websocket)
                    .map(|cost| websocket.get_mut().keep_pace(cost)),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    websocket.get_mut().note_silence()
                }
                // The end of the stream may be our own doing: it is how a stop wakes this thread in the end.
                Err(_) if self.connection.shared.is_stopping() => Err(Ending::Stopping),
                Err(error) => Err(Ending::from(error)),
            };
            if let Err(ending) = result {
                return ending;
            }
        }
    }

    /// Returns what the message [costs](cost), at least one line, or the ending if the connection ends with it.
    fn take(&self, message: Message, websocket: &mut WebSocket<Wire<'_>>) -> Result<usize, Ending> {
        match message {
            Message::Text(text) if self.is_echo => return Ok(self.echo(frame::text(&text))),
            Message::Binary(data) if self.is_echo => return Ok(self.echo(frame::binary(&data))),
            Message::Text(text) => match Lines::parse(&text) {
                Ok(lines) => {
                    let cost = cost::of_lines(&lines);
                    self.connection.tell(ToHub::Say(self.connection.id, lines));
                    return Ok(cost);
                }
                Err(NoLines::Empty) => {}
                Err(error @ NoLines::TooMany) => return Err(broke(1009, error)),
            },
            Message::Binary(_) => return Err(broke(1003, "this chat takes text only")),
            // tungstenite has the Pong ready and writes it with the next read.
            Message::Ping(_) => return Ok(cost::ANSWER),
            Message::Pong(_) | Message::Frame(_) => {}
            Message::Close(close) => {
                let code = websocket.get_ref().close_code();
                return Err(self.reply_to_close(code, close));
            }
        }
        Ok(1)
    }

    /// Replies to a Close with its own code, or returns the ending of a peer that must not send this code.
    ///
    /// The reply is not tungstenite's, which it would write with the next read. It takes 1014 for a mistake, and does not
    /// tell which code came in place of the 1002 that it gives for one.
    fn reply_to_close(&self, code: Option<u16>, close: Option<CloseFrame>) -> Ending {
        let reply = match (code, &close) {
            (Some(code), _) if !frame::is_close_code(code) => {
                return broke(1002, format!("a Close must not have the code {code}"));
            }
            (Some(code), Some(close)) if u16::from(close.code) == code => {
                frame::close(code, &close.reason)
            }
            (Some(code), _) => frame::close(code, ""),
            (None, _) => frame::bare_close(),
        };
        self.connection
            .tell(ToHub::Private(self.connection.id, Block::last(reply)));
        Ending::Left(code)
    }

    fn echo(&self, frame: Bytes) -> usize {
        self.connection
            .tell(ToHub::Private(self.connection.id, Block::new(frame)));
        cost::ANSWER
    }
}

impl Drop for Session<'_> {
    /// Says Leave, once, also when the thread panics: its client gives up its place in the room.
    fn drop(&mut self) {
        self.connection.tell(ToHub::Leave(self.connection.id));
    }
}
