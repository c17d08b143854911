//! A WebSocket's life on its connection's thread: join, read until it ends, say why.
//!
//! The thread reads and never writes. Whatever its client gets goes to the hub, and from there to a writer.

use std::io;

use tungstenite::protocol::CloseFrame;
use tungstenite::{Bytes, Error, Message, WebSocket};

use crate::base::frame;
use crate::base::line::{Lines, NoLines};
use crate::server::connection::Connection;
use crate::server::connection::cost;
use crate::server::connection::ws_stream::WsStream;
use crate::server::delivery::queue::Block;
use crate::server::http::route::Upgrade;
use crate::server::hub::messages::HubMessage;
use crate::server::net::disconnect::{DisconnectReason, broke};
use crate::server::net::write_half::WriteHalf;

/// One WebSocket, seen from the thread that reads it.
#[derive(Debug)]
pub struct WebSocketSession<'a> {
    connection: &'a Connection,
    is_echo: bool,
}

impl<'a> WebSocketSession<'a> {
    /// Joins: the room, if anything is asked of it. From now on the hub and a writer own what the client gets.
    pub fn join(
        connection: &'a Connection,
        half: WriteHalf,
        upgrade: Upgrade,
    ) -> WebSocketSession<'a> {
        let is_echo = upgrade.asked.is_none();
        connection.socket.become_websocket();
        connection.tell(HubMessage::Join(connection.id, half, upgrade));
        WebSocketSession {
            connection,
            is_echo,
        }
    }

    /// Reads until the connection ends, and says goodbye if this side ends it. `read_ahead` came with the request.
    pub fn run(self, read_ahead: Vec<u8>) {
        let Connection {
            id,
            socket,
            context,
            ..
        } = self.connection;
        let mut websocket = WsStream::websocket(self.connection, read_ahead);
        let ending = match socket.set_read_timeout(context.config.idle_timeout.get() / 2) {
            Ok(()) => self.read_until_the_end(&mut websocket),
            Err(error) => DisconnectReason::ConnectionLost(error.kind()),
        };
        let close = ending
            .close()
            .map(|(code, reason)| frame::close(code, reason));
        if let (true, Some(close)) = (socket.end(ending), close) {
            self.connection
                .tell(HubMessage::Private(*id, Block::last(close)));
        }
    }

    fn read_until_the_end(&self, websocket: &mut WebSocket<WsStream<'_>>) -> DisconnectReason {
        loop {
            let message = websocket.read();
            // Once there is a reason to end, nothing counts any more that the client says.
            if let Some(ending) = self.connection.socket.ending() {
                return ending.clone();
            }
            let result = match message {
                Ok(message) => self
                    .take(message, websocket)
                    .map(|cost| websocket.get_mut().throttle(cost)),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    websocket.get_mut().on_read_timeout()
                }
                // The end of the stream may be our own doing: it is how a stop wakes this thread in the end.
                Err(_) if self.connection.context.is_stopping() => {
                    Err(DisconnectReason::ShuttingDown)
                }
                Err(error) => Err(DisconnectReason::from(error)),
            };
            if let Err(ending) = result {
                return ending;
            }
        }
    }

    /// Returns what the message [costs](cost), at least one line, or the ending if the connection ends with it.
    fn take(
        &self,
        message: Message,
        websocket: &mut WebSocket<WsStream<'_>>,
    ) -> Result<usize, DisconnectReason> {
        match message {
            Message::Text(text) if self.is_echo => return Ok(self.echo(frame::text(&text))),
            Message::Binary(data) if self.is_echo => return Ok(self.echo(frame::binary(&data))),
            Message::Text(text) => match Lines::parse(&text) {
                Ok(lines) => {
                    let cost = cost::of_lines(&lines);
                    self.connection
                        .tell(HubMessage::Say(self.connection.id, lines));
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
    fn reply_to_close(&self, code: Option<u16>, close: Option<CloseFrame>) -> DisconnectReason {
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
            .tell(HubMessage::Private(self.connection.id, Block::last(reply)));
        DisconnectReason::ClosedByPeer(code)
    }

    fn echo(&self, frame: Bytes) -> usize {
        self.connection
            .tell(HubMessage::Private(self.connection.id, Block::new(frame)));
        cost::ANSWER
    }
}

impl Drop for WebSocketSession<'_> {
    /// Says Leave, once, also when the thread panics: its client gives up its place in the room.
    fn drop(&mut self) {
        self.connection.tell(HubMessage::Leave(self.connection.id));
    }
}
