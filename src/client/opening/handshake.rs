//! The opening handshake from the client's side (RFC 6455, section 4.1).
//!
//! tungstenite has one, but it drops the socket at a plain HTTP answer, of which we want to show the sentence.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use httparse::Status;
use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

use crate::base::line;
use crate::client::opening::connect::Budget;
use crate::client::opening::failure::NotConnected;
use crate::client::opening::url::Url;

/// How long the head of an answer may be, in bytes: 16 KiB.
const MAX_HEAD: usize = 16 * 1024;

/// How many header fields it may have.
const MAX_HEADERS: usize = 100;

/// How much of the body of a plain answer is read, in bytes. Its first line is all that is shown.
const MAX_BODY: usize = 4 * 1024;

/// How much of that line is shown, in characters.
const MAX_SENTENCE: usize = 300;

/// Makes the handshake and returns what came after it: the first frames.
///
/// # Errors
/// The server's answer, if it is a plain HTTP one, or why it is none; [`NotConnected::TimedOut`] if the budget, which
/// spans all reads, is over.
pub fn shake_hands(
    mut stream: &TcpStream,
    url: &Url,
    budget: &Budget,
) -> Result<Vec<u8>, NotConnected> {
    let key = generate_key();
    stream
        .set_write_timeout(Some(budget.remaining(WAITING)?))
        .map_err(NotConnected::System)?;
    stream
        .write_all(request(url, &key).as_bytes())
        .map_err(NotConnected::Broken)?;

    let mut bytes = Vec::new();
    loop {
        if !read_more(stream, &mut bytes, budget)? {
            return Err(NotConnected::Broken(ErrorKind::UnexpectedEof.into()));
        }
        if let Some(head) = parse(&bytes)? {
            let rest = bytes.split_off(head.length.min(bytes.len()));
            if head.status != 101 {
                return Err(plain_answer(stream, head, rest, budget));
            }
            head.check(&derive_accept_key(key.as_bytes()))?;
            stream
                .set_read_timeout(None)
                .map_err(NotConnected::System)?;
            return Ok(rest);
        }
        if bytes.len() >= MAX_HEAD {
            return Err(NotConnected::NotWebSocket(
                "the head of its answer does not end",
            ));
        }
    }
}

const WAITING: &str = "the answer to the handshake";

/// The request that asks for a WebSocket (RFC 6455, section 4.1).
fn request(url: &Url, key: &str) -> String {
    format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n",
        url.target(),
        url.authority(),
    )
}

/// Reads once. Returns `false` at the end of the stream.
fn read_more(
    mut stream: &TcpStream,
    bytes: &mut Vec<u8>,
    budget: &Budget,
) -> Result<bool, NotConnected> {
    let mut chunk = [0; 2048];
    loop {
        let left = budget.remaining(WAITING)?;
        stream
            .set_read_timeout(Some(left))
            .map_err(NotConnected::System)?;
        match stream.read(&mut chunk) {
            Ok(read) => {
                bytes.extend(chunk.iter().take(read));
                return Ok(read > 0);
            }
            // The timeout is over, so the budget is, and says so.
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(error) => return Err(NotConnected::Broken(error)),
        }
    }
}

/// What matters of the head of an answer.
struct Head {
    length: usize,
    status: u16,
    reason: String,
    upgrade: String,
    connection: String,
    accept: String,
    /// Whether there is something else than the bare protocol, which we did not ask for.
    extended: bool,
    content_length: Option<usize>,
    chunked: bool,
}

/// The head at the beginning of `bytes`, or `None` while it is not whole.
fn parse(bytes: &[u8]) -> Result<Option<Head>, NotConnected> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let length = match answer.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(_) => return Err(NotConnected::NotWebSocket("its answer is not HTTP")),
    };
    let field = |name: &str| {
        let values = answer
            .headers
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        let values: Vec<_> = values
            .map(|field| String::from_utf8_lossy(field.value))
            .collect();
        values.join(", ")
    };
    Ok(Some(Head {
        length,
        status: answer.code.unwrap_or_default(),
        reason: answer.reason.unwrap_or_default().to_owned(),
        upgrade: field("Upgrade"),
        connection: field("Connection"),
        accept: field("Sec-WebSocket-Accept"),
        extended: !field("Sec-WebSocket-Extensions").is_empty()
            || !field("Sec-WebSocket-Protocol").is_empty(),
        content_length: field("Content-Length").parse().ok(),
        chunked: !field("Transfer-Encoding").is_empty(),
    }))
}

impl Head {
    /// Checks a 101 as section 4.1 lists it.
    fn check(&self, accept: &str) -> Result<(), NotConnected> {
        let is_upgrade = |token: &str| token.trim_ascii().eq_ignore_ascii_case("upgrade");
        let wrong = if !self.upgrade.eq_ignore_ascii_case("websocket") {
            "its answer does not upgrade to websocket"
        } else if !self.connection.split(',').any(is_upgrade) {
            "its answer does not say Connection: Upgrade"
        } else if self.accept != accept {
            "its Sec-WebSocket-Accept does not fit our key"
        } else if self.extended {
            "it uses an extension or a subprotocol that nobody asked for"
        } else {
            return Ok(());
        };
        Err(NotConnected::NotWebSocket(wrong))
    }
}

/// The status and the sentence of a plain HTTP answer, as far as that came.
fn plain_answer(
    stream: &TcpStream,
    head: Head,
    mut body: Vec<u8>,
    budget: &Budget,
) -> NotConnected {
    let length = head.content_length.unwrap_or(MAX_BODY).min(MAX_BODY);
    while !head.chunked
        && body.len() < length
        && read_more(stream, &mut body, budget).unwrap_or(false)
    {}
    let text = match head.chunked {
        true => String::new(),
        false => String::from_utf8_lossy(&body).into_owned(),
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // A web page has no sentence.
    let first = lines.next().filter(|line| !line.starts_with('<'));
    NotConnected::Http {
        status: line::clean(format!("{} {}", head.status, head.reason).trim()).into_owned(),
        sentence: line::clean(first.unwrap_or_default())
            .chars()
            .take(MAX_SENTENCE)
            .collect(),
    }
}
