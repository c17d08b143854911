//! A WebSocket client that says in a sentence what a server does wrong (RFC 6455).

use std::sync::atomic::{AtomicUsize, Ordering};

use blocking_chat::deadline::Deadline;
use blocking_chat::frame::Header;

use super::failure::{Failure, quote};
use super::socket::{NoMore, Socket};
use super::{Patience, Target};
use crate::support::raw_frame::{BINARY, CLOSE, PING, PONG, TEXT, encode};

/// The longest message that is taken, in bytes.
const MESSAGE: usize = 1 << 20;
/// Keys, and what a server must make of each (RFC 6455, 4.2.2). Two, because one answer can be known by heart.
const KEYS: [(&str, &str); 2] = [
    ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("YSBzZWNvbmQgbm9uY2UhIQ==", "dkANU0GEreisgMdq52e+r/vs6mQ="),
];
/// What clients mask their frames with. Any four bytes will do for a test; zeros would hide a server that does not unmask.
const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A client that has made the handshake.
pub struct Client {
    name: String,
    socket: Socket,
    /// The fragments of a message that is not whole yet.
    message: Vec<u8>,
    patience: Patience,
}

/// What a server sends. Pings are answered and not shown.
#[derive(Debug)]
pub enum Event {
    Text(String),
    Pong(Vec<u8>),
    /// A Close with its code, and its payload as words.
    Close(Option<u16>, String),
    /// The end of the connection, or whatever else means that nothing more can be read.
    Over(NoMore),
}

impl Client {
    /// Connects and makes the handshake for `path`, which may carry a query. `name` is what the sentences call the client.
    pub fn join(target: &Target, name: &str, path: &str) -> Result<Client, Failure> {
        Client::upgrade(Socket::connect(target), target, name, path)
    }

    /// The same with a small receive buffer, which is full soon after the client stops reading.
    pub fn join_small(target: &Target, name: &str, path: &str) -> Result<Client, Failure> {
        Client::upgrade(Socket::connect_small(target), target, name, path)
    }

    fn upgrade(
        connected: Result<Socket, String>,
        target: &Target,
        name: &str,
        path: &str,
    ) -> Result<Client, Failure> {
        let mut socket = connected.map_err(|got| {
            Failure::new(format!("{name} connected"), "a server that accepts", got)
        })?;
        let request = format!("{name} sent `GET {path}` with `Upgrade: websocket`");
        let fails = |expected: &str, got: String| Failure::new(&request, expected, got);
        let [key, accept] =
            send_request(&mut socket, path).map_err(|got| fails("an answer", got))?;
        let expected = "`HTTP/1.1 101 Switching Protocols`";
        let head = socket
            .read_head(target.patience.soon())
            .map_err(|no_more| {
                let begin = String::from_utf8_lossy(&socket.unread);
                fails(
                    expected,
                    match begin.is_empty() {
                        true => no_more.0.clone(),
                        false => format!("{}, then {}", quote(&begin), no_more.0),
                    },
                )
            })?;
        if !head.starts_with("HTTP/1.1 101") {
            return Err(fails(
                expected,
                quote(head.lines().next().unwrap_or_default()),
            ));
        }
        for (field, value) in [("Upgrade", "websocket"), ("Connection", "upgrade")] {
            let found = field_of(&head, field).unwrap_or_default();
            if !found
                .to_lowercase()
                .split(',')
                .any(|word| word.trim() == value)
            {
                return Err(fails(
                    &format!("a header field `{field}: {value}`"),
                    quote(found),
                ));
            }
        }
        let found = field_of(&head, "Sec-WebSocket-Accept").unwrap_or_default();
        if found != accept {
            let expected = format!("`Sec-WebSocket-Accept: {accept}` for the key `{key}`");
            return Err(fails(&expected, quote(found)));
        }
        Ok(Client {
            name: name.into(),
            socket,
            message: Vec::new(),
            patience: target.patience,
        })
    }

    /// What the sentences call this client.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says a line.
    pub fn say(&mut self, text: &str) -> Result<(), Failure> {
        let frame = text_frame(text);
        self.send(&frame, &format!("{} sent {}", self.name, quote(text)))
    }

    /// Sends bytes as they are; `sent` are the words for them.
    pub fn send(&mut self, bytes: &[u8], sent: &str) -> Result<(), Failure> {
        let taken = self.socket.send(bytes);
        taken.map_err(|got| Failure::new(sent, "the server to read it", got))
    }

    /// The end of a wait that begins now.
    pub fn soon(&self) -> Deadline {
        self.patience.soon()
    }

    /// Waits for the line that `is_it` knows, and passes over others before it. `sent` is what should have brought it,
    /// and `line` says what it looks like: both are words for the sentence.
    pub fn hear(
        &mut self,
        sent: &str,
        line: &str,
        is_it: impl Fn(&str) -> bool,
    ) -> Result<String, Failure> {
        let deadline = self.soon();
        let (mut others, mut last) = (0, String::new());
        loop {
            let got = match self.next(deadline) {
                Event::Text(text) if is_it(&text) => return Ok(text),
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

    /// Waits for the line that ends with this text, in whatever form: `hello`, `anna: hello` or `3 anna: hello`.
    pub fn hear_text(&mut self, sent: &str, text: &str) -> Result<String, Failure> {
        let line = format!("a line that ends with {}", quote(text));
        self.hear(sent, &line, |line| line.ends_with(text))
    }

    /// The next line, whatever it is.
    pub fn hear_next(&mut self, sent: &str, line: &str) -> Result<String, Failure> {
        self.hear(sent, line, |_| true)
    }

    /// The failure of this client to get `line`.
    pub fn failure(&self, sent: &str, line: &str, got: &str) -> Failure {
        Failure::new(sent, format!("{} to get {line}", self.name), got)
    }

    /// The next event.
    pub fn next(&mut self, deadline: Deadline) -> Event {
        loop {
            match self.next_frame(deadline) {
                Ok((PING, payload)) => {
                    // If it cannot be sent, the next read says why.
                    let _ = self.socket.send(&masked(PONG, &payload));
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
                Err(no_more) => return Event::Over(no_more),
            }
        }
    }

    /// The next control frame, or the next whole message.
    fn next_frame(&mut self, deadline: Deadline) -> Result<(u8, Vec<u8>), NoMore> {
        loop {
            let Some((header, payload)) = self.take_frame()? else {
                self.socket.read_more(deadline)?;
                continue;
            };
            if header.opcode >= CLOSE {
                return Ok((header.opcode, payload));
            }
            self.message.extend(payload);
            if self.message.len() > MESSAGE {
                return Err(NoMore("a message of more than 1 MiB".into()));
            }
            if header.is_last {
                return Ok((TEXT, std::mem::take(&mut self.message)));
            }
        }
    }

    /// The frame that has been read, if it is whole.
    fn take_frame(&mut self) -> Result<Option<(Header, Vec<u8>)>, NoMore> {
        let unread = &mut self.socket.unread;
        let Some(header) = Header::parse(unread) else {
            return Ok(None);
        };
        let wrong = match header {
            Header { reserved: 1.., .. } => "a frame with a reserved bit set (RFC 6455, 5.2)",
            Header { opcode: BINARY, .. } => "a binary frame, which should be a text frame",
            Header {
                opcode: 3..8 | 11..,
                ..
            } => "a frame with an unknown opcode (RFC 6455, 5.2)",
            Header { mask: Some(_), .. } => "a frame with a mask, which only clients use (5.1)",
            Header { payload, .. } if payload > MESSAGE as u64 => "a frame of more than 1 MiB",
            _ => "",
        };
        if !wrong.is_empty() {
            return Err(NoMore(wrong.into()));
        }
        let end = header.length + header.payload as usize;
        if unread.len() < end {
            return Ok(None);
        }
        let payload = unread.drain(..end).skip(header.length).collect();
        Ok(Some((header, payload)))
    }

    /// Vanishes without a Close.
    pub fn vanish(self) {
        self.socket.reset();
    }
}

impl std::fmt::Display for Event {
    /// Completes "got …".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Event::Text(text) => f.write_str(&quote(text)),
            Event::Pong(payload) => write!(f, "a Pong with {payload:?}"),
            Event::Close(None, _) => f.write_str("a Close without a code"),
            Event::Close(Some(code), reason) => write!(f, "Close {code} {}", quote(reason)),
            Event::Over(no_more) => f.write_str(&no_more.0),
        }
    }
}

fn over(got: &str) -> Event {
    Event::Over(NoMore(got.into()))
}

/// A frame of a client, with a mask.
pub fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    // This has a mask of zeros, in the four bytes before the payload.
    let mut frame = encode(opcode, payload);
    let begin = frame.len() - payload.len() - MASK.len();
    for (at, byte) in frame[begin..].iter_mut().enumerate() {
        *byte ^= MASK[at % MASK.len()];
    }
    frame
}

/// A text frame of a client.
pub fn text_frame(text: &str) -> Vec<u8> {
    masked(TEXT, text.as_bytes())
}

/// Sends the request of a handshake; returns its key and what the server must answer to it.
fn send_request(socket: &mut Socket, path: &str) -> Result<[&'static str; 2], String> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let (key, accept) = KEYS[NEXT.fetch_add(1, Ordering::Relaxed) % KEYS.len()];
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    );
    socket.send(request.as_bytes()).map(|()| [key, accept])
}

/// The value of a header field.
pub fn field_of<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let found = fields.find(|(field, _)| field.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}
