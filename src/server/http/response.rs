//! HTTP answers as values: no socket, no thread (RFC 9110).

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::server::room::history::chunk::{Numbered, Part};

/// What an answer brings.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Body {
    Bytes(Vec<u8>),
    /// Lines that the answer shares with the history and with other answers.
    Lines(Numbered),
}

/// An answer to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    status: u16,
    content_type: &'static str,
    fields: Vec<(&'static str, String)>,
    body: Body,
    has_body: bool,
    ends_connection: bool,
}

impl Response {
    /// An answer with a body, after which the connection goes on.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Response {
        Response {
            status,
            content_type,
            fields: Vec::new(),
            body: Body::Bytes(body.into()),
            has_body: true,
            ends_connection: false,
        }
    }

    /// An answer of plain text.
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Response {
        Response::new(status, "text/plain; charset=utf-8", body)
    }

    /// An answer of lines, which are not copied for it.
    pub fn lines(status: u16, lines: Numbered) -> Response {
        Response {
            body: Body::Lines(lines),
            ..Response::text(status, "")
        }
    }

    /// The same with one more header field.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.fields.push((name, value.into()));
        self
    }

    /// The same as the answer to a request with this method: HEAD gets all but the body (RFC 9110, section 9.3.2).
    pub fn to(mut self, method: &str) -> Response {
        self.has_body = method != "HEAD";
        self
    }

    /// The same as the last answer on its connection.
    pub fn ending(mut self) -> Response {
        self.ends_connection = true;
        self
    }

    /// The answer as it goes over the wire, with the time of now. For short ones.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = self.head();
        let slices: Vec<_> = std::iter::once(&*head).chain(self.body()).collect();
        slices.concat()
    }

    /// The body as it goes over the wire, in slices of any length.
    pub fn body(&self) -> impl Iterator<Item = &[u8]> {
        let (bytes, parts): (&[u8], &[Part]) = match &self.body {
            _ if !self.has_body => (&[], &[]),
            Body::Bytes(bytes) => (bytes, &[]),
            Body::Lines(lines) => (&[], lines.parts()),
        };
        let texts = parts.iter().map(|part| part.text().as_bytes());
        std::iter::once(bytes).chain(texts)
    }

    fn body_length(&self) -> usize {
        match &self.body {
            Body::Bytes(bytes) => bytes.len(),
            Body::Lines(lines) => lines.parts().iter().map(|part| part.text().len()).sum(),
        }
    }

    /// The status line and the fields, up to the empty line, with the time of now.
    pub fn head(&self) -> Vec<u8> {
        // RFC 9110, section 7.8: whoever sends Upgrade names it in Connection too.
        let connection = match (
            self.fields.iter().any(|(name, _)| *name == "Upgrade"),
            self.ends_connection,
        ) {
            (true, true) => "Connection: upgrade, close\r\n",
            (true, false) => "Connection: upgrade\r\n",
            (false, true) => "Connection: close\r\n",
            (false, false) => "",
        };
        let mut head = format!(
            "HTTP/1.1 {} {}\r\n{}Content-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\n{connection}",
            self.status,
            reason(self.status),
            date(SystemTime::now()),
            self.content_type,
            self.body_length(),
        );
        for (name, value) in &self.fields {
            // Writing to a `String` cannot fail, so there is no error to hand on.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// The header field that says when an answer was made (RFC 9110, section 6.6.1).
///
/// Whoever has no clock must not send it, and one that shows no year from 1970 to 9999 is none: it gives nothing.
pub fn date(now: SystemTime) -> String {
    const YEAR_10000: u64 = 253_402_300_800;
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) if since.as_secs() < YEAR_10000 => {
            format!("Date: {}\r\n", httpdate::fmt_http_date(now))
        }
        _ => String::new(),
    }
}

/// The reason phrase of the status codes that this server uses.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}
