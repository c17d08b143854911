//! The opening handshake from the client's side (RFC 6455, section 4.1).
//!
//! tungstenite has one too. Ours has one deadline over all reads, and reads the body of a plain HTTP answer: its first
//! line says what was wrong.

use std::io::{ErrorKind, Write};
use std::time::{Duration, SystemTime};

use httparse::Status;
use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

use crate::base::key::without_keys;
use crate::base::line;
use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Target;
use crate::client::connect::tcp::Budget;
use crate::client::connect::transport::TransportStream;
use crate::client::connect::url::Url;

/// How long the head of an answer may be, in bytes: 16 KiB.
const MAX_HEAD: usize = 16 * 1024;

/// How many header fields it may have.
const MAX_HEADERS: usize = 100;

/// How much of the body of a plain answer is read, in bytes. Its first line is all that is shown.
const MAX_BODY: usize = 4 * 1024;

/// How much of that line is shown, in characters.
const MAX_SENTENCE: usize = 300;

const WAITING: &str = "the answer to the handshake";

/// Performs the handshake and returns what came after it: the first frames.
///
/// # Errors
/// The server's answer if it is plain HTTP, or what is wrong with it. [`ConnectError::TimedOut`] if the budget, which
/// spans all reads, is over.
pub(super) fn handshake(
    transport: &TransportStream,
    url: &Url,
    target: &Target,
    budget: &Budget,
) -> Result<Vec<u8>, ConnectError> {
    let key = generate_key();
    let request = transport.seal(request(url, target, &key).into(), false);
    let mut stream = transport.stream();
    stream
        .set_write_timeout(Some(budget.remaining(WAITING)?))
        .map_err(ConnectError::System)?;
    // No other thread has the socket yet, so there is no lock to hold.
    request
        .and_then(|request| stream.write_all(&request))
        .map_err(ConnectError::Broken)?;
    let mut bytes = Vec::new();
    while bytes.len() < MAX_HEAD {
        if !read_more(transport, &mut bytes, budget)? {
            return Err(ConnectError::Broken(ErrorKind::UnexpectedEof.into()));
        }
        if let Some(head) = parse(&bytes)? {
            let rest = bytes.split_off(head.length.min(bytes.len()));
            if head.status != 101 {
                return Err(plain_answer(transport, &head, rest, budget));
            }
            head.check(&derive_accept_key(key.as_bytes()), target)?;
            stream
                .set_read_timeout(None)
                .map_err(ConnectError::System)?;
            return Ok(rest);
        }
    }
    Err(ConnectError::NotWebSocket(
        "the head of its answer does not end",
    ))
}

/// The request that asks for a WebSocket (RFC 6455, section 4.1).
fn request(url: &Url, target: &Target, key: &str) -> String {
    let mut request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n",
        url.target(),
        url.authority(),
    );
    if let Some(protocol) = &target.subprotocol {
        request.push_str(&format!("Sec-WebSocket-Protocol: {protocol}\r\n"));
    }
    for (name, value) in &target.headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request + "\r\n"
}

/// Reads once. Returns `false` at the end of the stream.
fn read_more(
    transport: &TransportStream,
    bytes: &mut Vec<u8>,
    budget: &Budget,
) -> Result<bool, ConnectError> {
    let mut chunk = [0; 2048];
    loop {
        let left = budget.remaining(WAITING)?;
        let stream = transport.stream();
        stream
            .set_read_timeout(Some(left))
            .map_err(ConnectError::System)?;
        match transport.read(&mut chunk) {
            Ok(None) => {}
            Ok(Some(read)) => {
                bytes.extend(chunk.iter().take(read));
                return Ok(read > 0);
            }
            Err(error) => match error.kind() {
                // The timeout is what was left of the budget, so `remaining` reports the end of both.
                ErrorKind::WouldBlock | ErrorKind::Interrupted => {}
                _ => return Err(ConnectError::Broken(error)),
            },
        }
    }
}

/// The head of an answer.
struct ResponseHead {
    length: usize,
    status: u16,
    reason: String,
    fields: Vec<(String, String)>,
}

/// The head at the beginning of `bytes`, or `None` while it is not whole.
fn parse(bytes: &[u8]) -> Result<Option<ResponseHead>, ConnectError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let length = match answer.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(_) => return Err(ConnectError::NotWebSocket("its answer is not HTTP")),
    };
    let value = |field: &httparse::Header| String::from_utf8_lossy(field.value).into_owned();
    let fields = answer.headers.iter();
    Ok(Some(ResponseHead {
        length,
        status: answer.code.unwrap_or_default(),
        reason: answer.reason.unwrap_or_default().to_owned(),
        fields: fields
            .map(|field| (field.name.to_owned(), value(field)))
            .collect(),
    }))
}

impl ResponseHead {
    /// The values of a field, joined (RFC 9110, 5.3); empty without the field.
    fn field(&self, name: &str) -> String {
        let fields = self
            .fields
            .iter()
            .filter(|(other, _)| name.eq_ignore_ascii_case(other));
        let values: Vec<&str> = fields.map(|(_, value)| value.as_str()).collect();
        values.join(", ")
    }

    /// Checks that a 101 is as section 4.1 requires.
    fn check(&self, accept: &str, target: &Target) -> Result<(), ConnectError> {
        let asked = target.subprotocol.as_deref().unwrap_or_default();
        let protocol = self.field("Sec-WebSocket-Protocol");
        let is_upgrade = |token: &str| token.trim_ascii().eq_ignore_ascii_case("upgrade");
        let wrong = if !self.field("Upgrade").eq_ignore_ascii_case("websocket") {
            "its answer does not upgrade to websocket"
        } else if !self.field("Connection").split(',').any(is_upgrade) {
            "its answer does not say Connection: Upgrade"
        } else if self.field("Sec-WebSocket-Accept") != accept {
            "its Sec-WebSocket-Accept does not fit our key"
        } else if !self.field("Sec-WebSocket-Extensions").is_empty()
            || !["", asked].contains(&protocol.as_str())
        {
            "it uses an extension or a subprotocol that we did not ask for"
        } else {
            return Ok(());
        };
        Err(ConnectError::NotWebSocket(wrong))
    }
}

/// The status and the sentence of a plain HTTP answer, as far as it has arrived.
fn plain_answer(
    transport: &TransportStream,
    head: &ResponseHead,
    mut body: Vec<u8>,
    budget: &Budget,
) -> ConnectError {
    if head.field("Transfer-Encoding").is_empty() {
        let length = head
            .field("Content-Length")
            .parse()
            .unwrap_or(MAX_BODY)
            .min(MAX_BODY);
        while body.len() < length && read_more(transport, &mut body, budget).unwrap_or(false) {}
    } else {
        body.clear();
    }
    let text = String::from_utf8_lossy(&body);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // A web page has no sentence.
    let first = lines.next().filter(|line| !line.starts_with('<'));
    let location = head.field("Location");
    let sentence = match first {
        _ if (300..400).contains(&head.status) && !location.is_empty() => {
            // The query may repeat our own, with the key in any form.
            match location.split_once('?') {
                Some((page, _)) => format!("it is at {page}?…"),
                None => format!("it is at {location}"),
            }
        }
        Some(first) => without_keys(&first.chars().take(MAX_SENTENCE).collect::<String>()),
        None => "check the URL".to_owned(),
    };
    ConnectError::Http {
        status: line::clean(format!("{} {}", head.status, head.reason).trim()).into_owned(),
        sentence: line::clean(&sentence).into_owned(),
        retry_after: retry_after(&head.field("Retry-After")),
    }
}

/// The time in a `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(value: &str) -> Option<Duration> {
    let seconds = line::decimal(value).map(Duration::from_secs);
    seconds.or_else(|| {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(SystemTime::now()).ok()
    })
}
