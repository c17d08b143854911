//! Plain HTTP answers that refuse, as values: no socket, no thread (RFC 9110).

use std::fmt::Write as _;

/// A plain answer that says why a request is not served, after which the connection ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The status code (RFC 9110, section 15).
    pub status: u16,
    /// One plain sentence that says what was wrong; the body of the answer.
    pub sentence: String,
    fields: Vec<(&'static str, String)>,
    has_body: bool,
}

impl Refusal {
    /// A refusal without further header fields.
    pub fn new(status: u16, sentence: impl Into<String>) -> Refusal {
        Refusal {
            status,
            sentence: sentence.into(),
            fields: Vec::new(),
            has_body: true,
        }
    }

    /// What is answered while the server stops.
    pub fn stopping() -> Refusal {
        Refusal::new(503, "The server is stopping.").with("Retry-After", "5")
    }

    /// The same with one more header field.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Refusal {
        self.fields.push((name, value.into()));
        self
    }

    /// The same as the answer to a request with this method: HEAD gets no body (RFC 9110, section 9.3.2).
    pub fn to(mut self, method: &str) -> Refusal {
        self.has_body = method != "HEAD";
        self
    }

    /// The answer as it goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Refusal {
            status,
            sentence,
            fields,
            has_body,
        } = self;
        let length = sentence.len() + 1;
        // RFC 9110, section 7.8: whoever sends Upgrade names it in Connection too.
        let upgrade = if fields.iter().any(|(name, _)| *name == "Upgrade") {
            "upgrade, "
        } else {
            ""
        };
        let mut answer = format!(
            "HTTP/1.1 {status} {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: {upgrade}close\r\n",
            reason(*status)
        );
        for (name, value) in fields {
            // Writing to a `String` cannot fail, so there is no error to hand on.
            let _ = write!(answer, "{name}: {value}\r\n");
        }
        answer.push_str("\r\n");
        if *has_body {
            answer.push_str(sentence);
            answer.push('\n');
        }
        answer.into_bytes()
    }
}

/// The reason phrase of the status codes that this server uses.
fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Error",
    }
}
