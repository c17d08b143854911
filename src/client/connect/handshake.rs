//! The opening handshake from the client's side (RFC 6455, section 4.1).
//!
//! tungstenite has a handshake, too. This one has a deadline for all of its reads together. It also reads the body of an
//! HTTP error response, because the body's first line says what was wrong.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, SystemTime};

use httparse::{Response, Status};
use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

use crate::base::key::without_keys;
use crate::base::line;
use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Target;
use crate::client::connect::tcp::{Budget, is_transient};
use crate::client::connect::transport::TransportStream;
use crate::client::connect::url::Url;

/// The maximum length of a response's head, in bytes: 16 KiB.
const MAX_HEAD: usize = 16 * 1024;
/// The maximum number of header fields in a response.
const MAX_HEADERS: usize = 100;
/// The client stops reading the body of an HTTP error after this many bytes. Only the body's first line is shown.
const MAX_BODY: usize = 4 * 1024;
/// How many characters of the body's first line are shown, at most.
const MAX_SENTENCE: usize = 300;
/// What the client is waiting for, in the words of the timeout's error message.
const WAITING: &str = "the answer to the handshake";

/// Performs the handshake. Returns the bytes that followed the head of the 101 response: the first frames. If the server
/// sent a response other than 101, the error describes it.
pub(super) fn handshake(
    transport: &TransportStream,
    url: &Url,
    target: &Target,
    budget: &Budget,
) -> Result<Vec<u8>, ConnectError> {
    let key = generate_key();
    let request = transport.seal(request(url, target, &key).into(), false)?;
    let mut stream = &transport.stream;
    budget.limit(stream, WAITING)?;
    // No other thread has the socket yet, so this write needs no lock.
    stream.write_all(&request)?;
    let mut bytes = Vec::new();
    while bytes.len() < MAX_HEAD {
        if !read_more(transport, &mut bytes, budget)? {
            return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        let mut fields = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = Response::new(&mut fields);
        let rest = match head.parse(&bytes) {
            Ok(Status::Complete(length)) => bytes.get(length..).unwrap_or_default().to_vec(),
            Ok(Status::Partial) => continue,
            Err(_) => return Err(ConnectError::NotWebSocket("its answer is not HTTP")),
        };
        if head.code != Some(101) {
            return Err(http_error(transport, &head, rest, budget));
        }
        check_upgrade(&head, &derive_accept_key(key.as_bytes()), target)?;
        return Ok(rest);
    }
    Err(ConnectError::NotWebSocket(
        "the head of its answer is longer than 16 KiB",
    ))
}

/// Returns the HTTP request that opens a WebSocket (RFC 6455, section 4.1).
fn request(url: &Url, target: &Target, key: &str) -> String {
    let mut request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n",
        url.target, url.authority,
    );
    if let Some(protocol) = &target.subprotocol {
        request.push_str(&format!("Sec-WebSocket-Protocol: {protocol}\r\n"));
    }
    for (name, value) in &target.headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request + "\r\n"
}

/// Appends the next bytes of the stream to `bytes`. Returns `false` at the end of the stream.
fn read_more(
    transport: &TransportStream,
    bytes: &mut Vec<u8>,
    budget: &Budget,
) -> Result<bool, ConnectError> {
    let mut chunk = [0; 2048];
    loop {
        budget.limit(&transport.stream, WAITING)?;
        match transport.read(&mut chunk) {
            Ok(Some(read)) => {
                bytes.extend(chunk.iter().take(read));
                return Ok(read > 0);
            }
            Err(error) if !is_transient(&error) => return Err(error.into()),
            _ => {}
        }
    }
}

/// Returns the values of a field, joined with commas (RFC 9110, 5.3). The result is empty if the field is missing.
fn field(head: &Response, name: &str) -> String {
    let fields = head.headers.iter();
    let fields = fields.filter(|field| name.eq_ignore_ascii_case(field.name));
    let values = fields.map(|field| String::from_utf8_lossy(field.value));
    values.collect::<Vec<_>>().join(", ")
}

/// Checks that a 101 response meets the requirements of RFC 6455, section 4.1.
fn check_upgrade(head: &Response, accept: &str, target: &Target) -> Result<(), ConnectError> {
    let asked = target.subprotocol.as_deref().unwrap_or_default();
    let protocol = field(head, "Sec-WebSocket-Protocol");
    let is_upgrade = |token: &str| token.trim_ascii().eq_ignore_ascii_case("upgrade");
    let wrong = if !field(head, "Upgrade").eq_ignore_ascii_case("websocket") {
        "its answer does not upgrade to websocket"
    } else if !field(head, "Connection").split(',').any(is_upgrade) {
        "its answer does not say Connection: Upgrade"
    } else if field(head, "Sec-WebSocket-Accept") != accept {
        "its Sec-WebSocket-Accept does not match our key"
    } else if !field(head, "Sec-WebSocket-Extensions").is_empty()
        || !["", asked].contains(&protocol.as_str())
    {
        "it uses an extension or a subprotocol that we did not ask for"
    } else {
        return Ok(());
    };
    Err(ConnectError::NotWebSocket(wrong))
}

/// Returns the error for a response other than 101. Reads its body, unless the response has a `Transfer-Encoding`.
fn http_error(
    transport: &TransportStream,
    head: &Response,
    mut body: Vec<u8>,
    budget: &Budget,
) -> ConnectError {
    if field(head, "Transfer-Encoding").is_empty() {
        let length = field(head, "Content-Length").parse().unwrap_or(MAX_BODY);
        let length = length.min(MAX_BODY);
        while body.len() < length && read_more(transport, &mut body, budget).unwrap_or(false) {}
    } else {
        body.clear();
    }
    let text = String::from_utf8_lossy(&body);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // An HTML page begins with a tag, not with a sentence.
    let first = lines.next().filter(|line| !line.starts_with('<'));
    let status = head.code.unwrap_or_default();
    let location = field(head, "Location");
    let is_redirect = (300..400).contains(&status) && !location.is_empty();
    let sentence = match (first, location.split_once('?')) {
        // The query is not shown. It may repeat our query with the secret key, perhaps in another encoding.
        (_, Some((page, _))) if is_redirect => format!("it is at {page}?…"),
        (_, None) if is_redirect => format!("it is at {location}"),
        (Some(first), _) => without_keys(&first.chars().take(MAX_SENTENCE).collect::<String>()),
        (None, _) => "check the URL".to_owned(),
    };
    let status = format!("{status} {}", head.reason.unwrap_or_default());
    ConnectError::Http {
        status: line::clean(status.trim()).into_owned(),
        sentence: line::clean(&sentence).into_owned(),
        retry_after: retry_after(&field(head, "Retry-After")),
    }
}

/// Parses a `Retry-After`: seconds or a date (RFC 9110, 10.2.3). Returns `None` if it is invalid or in the past.
fn retry_after(value: &str) -> Option<Duration> {
    let seconds = line::decimal(value).map(Duration::from_secs);
    seconds.or_else(|| {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(SystemTime::now()).ok()
    })
}
