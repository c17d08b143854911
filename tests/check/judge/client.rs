//! A WebSocket client (RFC 6455) that describes a server's fault in one sentence.

use blocking_chat::base::deadline::Deadline;

use super::failure::{Failure, quote};
use super::frames::{self, MAX_MESSAGE, masked, text_frame};
use super::handshake;
use super::socket::{ReadEnd, Socket};
use super::{Patience, Target};
use crate::support::raw_frame::{CLOSE, PING, PONG, TEXT};

/// A client that has completed the handshake.
pub struct Client {
    name: String,
    socket: Socket,
    /// The fragments of a message that is not complete yet.
    message: Vec<u8>,
    patience: Patience,
}

/// An event from the server. A Ping is answered, and is not an event.
#[derive(Debug)]
pub enum Event {
    Text(String),
    Pong(Vec<u8>),
    /// A Close with its code and its reason.
    Close(Option<u16>, String),
    /// The end of the connection, or another reason why nothing more can be read.
    Over(ReadEnd),
}

impl Client {
    /// Connects and completes the handshake for `path`, which may have a query. A failure refers to the client as
    /// `name`.
    pub fn join(target: &Target, name: &str, path: &str) -> Result<Client, Failure> {
        Client::open(Socket::connect(target), target, name, path)
    }

    /// Does the same as [`Client::join`], but with a small receive buffer. The buffer fills soon after the client stops
    /// reading.
    pub fn join_small(target: &Target, name: &str, path: &str) -> Result<Client, Failure> {
        Client::open(Socket::connect_small(target), target, name, path)
    }

    fn open(
        connected: Result<Socket, String>,
        target: &Target,
        name: &str,
        path: &str,
    ) -> Result<Client, Failure> {
        let sent = format!("{name} connected");
        let connected = connected.map_err(|got| Failure::new(sent, "the server to accept", got));
        let mut socket = connected?;
        handshake::upgrade(&mut socket, target, name, path)?;
        Ok(Client {
            name: name.into(),
            socket,
            message: Vec::new(),
            patience: target.patience,
        })
    }

    /// Returns the name that failures use for this client.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn say(&mut self, text: &str) -> Result<(), Failure> {
        let frame = text_frame(text);
        self.send(&frame, &format!("{} sent {}", self.name, quote(text)))
    }

    /// Sends these bytes unchanged. In a failure, `sent` describes what the client did.
    pub fn send(&mut self, bytes: &[u8], sent: &str) -> Result<(), Failure> {
        let taken = self.socket.send(bytes);
        taken.map_err(|got| Failure::new(sent, "the server to read it", got))
    }

    /// Returns the deadline of a wait that begins now.
    pub fn prompt_deadline(&self) -> Deadline {
        self.patience.prompt_deadline()
    }

    /// Waits for a line for which `accepts` returns `true`, and skips the lines before it. In a failure, `sent`
    /// describes what should have caused the line, and `line` describes the expected line.
    pub fn receive_matching(
        &mut self,
        sent: &str,
        line: &str,
        accepts: impl Fn(&str) -> bool,
    ) -> Result<String, Failure> {
        let deadline = self.prompt_deadline();
        let (mut others, mut last) = (0, String::new());
        loop {
            let got = match self.next(deadline) {
                Event::Text(text) if accepts(&text) => return Ok(text),
                Event::Text(text) => {
                    others += 1;
                    last = text;
                    continue;
                }
                Event::Pong(_) => continue,
                event => event.to_string(),
            };
            let got = match others {
                0 => got,
                1 => format!("{}, then {got}", quote(&last)),
                _ => format!(
                    "{others} other lines, the last of them {}, then {got}",
                    quote(&last)
                ),
            };
            return Err(self.failure(sent, line, &got));
        }
    }

    /// Waits for a line that ends with this text. The line may be `hello`, `anna: hello` or `3 anna: hello`.
    pub fn receive_text(&mut self, sent: &str, text: &str) -> Result<String, Failure> {
        let line = format!("a line that ends with {}", quote(text));
        self.receive_matching(sent, &line, |line| line.ends_with(text))
    }

    /// Waits for the next line, whatever it says.
    pub fn receive_next(&mut self, sent: &str, line: &str) -> Result<String, Failure> {
        self.receive_matching(sent, line, |_| true)
    }

    /// Returns a failure in which this client expected `line`.
    pub fn failure(&self, sent: &str, line: &str, got: &str) -> Failure {
        Failure::new(sent, format!("{} to get {line}", self.name), got)
    }

    /// Waits for the next event and answers Pings. Returns [`Event::Over`] when `deadline` has passed.
    pub fn next(&mut self, deadline: Deadline) -> Event {
        loop {
            match self.next_frame(deadline) {
                Ok((PING, payload)) => {
                    if let Err(got) = self.socket.send(&masked(PONG, &payload)) {
                        return Event::Over(ReadEnd(got));
                    }
                }
                Ok((PONG, payload)) => return Event::Pong(payload),
                Ok((CLOSE, payload)) => {
                    let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    let reason = payload.get(2..).unwrap_or_default();
                    return Event::Close(code, String::from_utf8_lossy(reason).into_owned());
                }
                Ok((_, payload)) => match String::from_utf8(payload) {
                    Ok(text) => return Event::Text(text),
                    Err(_) => return over("a text frame that is not UTF-8"),
                },
                Err(end) => return Event::Over(end),
            }
        }
    }

    /// Returns the next control frame or the next complete message.
    fn next_frame(&mut self, deadline: Deadline) -> Result<(u8, Vec<u8>), ReadEnd> {
        loop {
            let Some((header, payload)) = frames::take(&mut self.socket.unread)? else {
                self.socket.read_more(deadline)?;
                continue;
            };
            if header.opcode >= CLOSE {
                return Ok((header.opcode, payload));
            }
            self.message.extend(payload);
            if self.message.len() > MAX_MESSAGE {
                return Err(ReadEnd("a message of more than 1 MiB".into()));
            }
            if header.is_last {
                return Ok((TEXT, std::mem::take(&mut self.message)));
            }
        }
    }

    /// Closes the connection without a Close frame, as a browser tab may do.
    pub fn leave(self) {
        self.socket.end();
    }

    /// Resets the connection, so the client vanishes without a Close frame.
    pub fn vanish(self) {
        self.socket.reset();
    }
}

impl std::fmt::Display for Event {
    /// Writes the words that follow "got" in a failure.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Event::Text(text) => f.write_str(&quote(text)),
            Event::Pong(payload) => write!(f, "a Pong with {payload:?}"),
            Event::Close(None, _) => f.write_str("a Close without a code"),
            Event::Close(Some(code), reason) => write!(f, "Close {code} {}", quote(reason)),
            Event::Over(end) => f.write_str(&end.0),
        }
    }
}

fn over(got: &str) -> Event {
    Event::Over(ReadEnd(got.into()))
}
