//! HTTP responses as values (RFC 9110). No socket, no thread.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::server::room::history::chunk::Part;
use crate::server::room::history::numbered_lines::NumberedLines;

/// The body of a response.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Content {
    Bytes(Vec<u8>),
    /// Lines whose bytes the response shares with the history and with other responses.
    Lines(NumberedLines),
}

/// An HTTP response that has not been encoded yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    status: u16,
    content_type: &'static str,
    fields: Vec<(&'static str, String)>,
    content: Content,
    has_body: bool,
    closes: bool,
}

impl Response {
    /// Makes a response with a body. The connection may stay open after the response.
    pub(crate) fn new(
        status: u16,
        content_type: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Response {
        Response {
            status,
            content_type,
            fields: Vec::new(),
            content: Content::Bytes(body.into()),
            has_body: true,
            closes: false,
        }
    }

    /// Makes a response of plain text.
    pub(crate) fn text(status: u16, body: impl Into<Vec<u8>>) -> Response {
        Response::new(status, "text/plain; charset=utf-8", body)
    }

    /// Makes a response of lines, without copying them.
    pub(crate) fn lines(status: u16, lines: NumberedLines) -> Response {
        Response {
            content: Content::Lines(lines),
            ..Response::text(status, "")
        }
    }

    /// Adds a header field.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.fields.push((name, value.into()));
        self
    }

    /// Omits the body if the method of the request is HEAD (RFC 9110, section 9.3.2).
    pub(crate) fn to(mut self, method: &str) -> Response {
        self.has_body = method != "HEAD";
        self
    }

    /// Makes this the last response on its connection.
    pub(crate) fn closing(mut self) -> Response {
        self.closes = true;
        self
    }

    /// Returns the response as bytes for the wire, with the current time. This copies the body, so call this only for a
    /// short body.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let head = self.head();
        let slices: Vec<_> = std::iter::once(&*head).chain(self.body()).collect();
        slices.concat()
    }

    /// Returns the body as bytes for the wire, in slices, some of which may be empty.
    pub(crate) fn body(&self) -> impl Iterator<Item = &[u8]> {
        let (bytes, parts): (&[u8], &[Part]) = match &self.content {
            _ if !self.has_body => (&[], &[]),
            Content::Bytes(bytes) => (bytes, &[]),
            Content::Lines(lines) => (&[], lines.parts()),
        };
        let texts = parts.iter().map(|part| part.text().as_bytes());
        std::iter::once(bytes).chain(texts)
    }

    fn body_length(&self) -> usize {
        match &self.content {
            Content::Bytes(bytes) => bytes.len(),
            Content::Lines(lines) => lines.parts().iter().map(|part| part.text().len()).sum(),
        }
    }

    /// Returns the head, with the current time: the status line, the fields, and the empty line.
    pub(crate) fn head(&self) -> Vec<u8> {
        // RFC 9110, section 7.8: a sender of Upgrade must also list it in Connection.
        let connection = match (
            self.fields.iter().any(|(name, _)| *name == "Upgrade"),
            self.closes,
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
            // Writing to a `String` cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Returns the Date field (RFC 9110, section 6.6.1).
///
/// The result is empty if the clock is outside the years 1970 to 9999: a server without a valid clock must not send the
/// field.
pub fn date(now: SystemTime) -> String {
    const YEAR_10000: u64 = 253_402_300_800;
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) if since.as_secs() < YEAR_10000 => {
            format!("Date: {}\r\n", httpdate::fmt_http_date(now))
        }
        _ => String::new(),
    }
}

/// Returns the reason phrase of a status code that this server uses.
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
