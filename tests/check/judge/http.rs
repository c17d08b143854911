//! Sends HTTP requests and reads the responses, however the end of a body is marked (RFC 9112, 6.3).

use blocking_chat::base::deadline::Deadline;

use super::failure::{Failure, quote};
use super::handshake::field_of;
use super::socket::{ReadEnd, Socket};
use super::{Patience, Target};

/// The maximum length of a body that the judge accepts, in bytes.
const MAX_BODY: usize = 1 << 20;

/// A connection that carries one request after another.
pub struct Http {
    socket: Socket,
    patience: Patience,
}

pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Http {
    pub fn connect(target: &Target) -> Result<Http, Failure> {
        let socket = Socket::connect(target);
        let socket =
            socket.map_err(|got| Failure::new("connected over HTTP", "the server to accept", got));
        Ok(Http {
            socket: socket?,
            patience: target.patience,
        })
    }

    /// Sends a GET request and waits for the response, which must have this status.
    pub fn get(&mut self, target: &str, status: u16) -> Result<Response, Failure> {
        self.send_get(target)?;
        self.expect_response(&format!("sent `GET {target}`"), status)
    }

    /// Sends a GET request without waiting for the response.
    pub fn send_get(&mut self, target: &str) -> Result<(), Failure> {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    /// Posts the lines of a body and waits for the response, which must have this status.
    pub fn post(&mut self, target: &str, body: &str, status: u16) -> Result<Response, Failure> {
        let length = body.len();
        self.send(&format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ))?;
        self.expect_response(
            &format!("sent `POST {target}` with {}", quote(body)),
            status,
        )
    }

    fn send(&mut self, request: &str) -> Result<(), Failure> {
        let sent = request.lines().next().unwrap_or_default();
        let taken = self.socket.send(request.as_bytes());
        taken.map_err(|got| Failure::new(format!("sent `{sent}`"), "the server to read it", got))
    }

    /// Waits for the next response, which must have this status. In a failure, `sent` describes the request.
    pub fn expect_response(&mut self, sent: &str, status: u16) -> Result<Response, Failure> {
        let expected = format!("status {status}");
        let response = self.read_response(self.patience.prompt_deadline());
        let response = response.map_err(|end| Failure::new(sent, &expected, end.0))?;
        if response.status == status {
            return Ok(response);
        }
        let got = format!("status {} with {}", response.status, quote(&response.body));
        Err(Failure::new(sent, expected, got))
    }

    fn read_response(&mut self, deadline: Deadline) -> Result<Response, ReadEnd> {
        let head = self.socket.read_head(deadline)?;
        let status = head
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5)?.parse().ok());
        let status = status.ok_or_else(|| ReadEnd(quote(&head)))?;
        let field = |name| field_of(&head, name).map(str::to_ascii_lowercase);
        let body = if field("Transfer-Encoding").is_some_and(|value| value.contains("chunked")) {
            self.read_chunks(deadline)?
        } else {
            match field("Content-Length").map(|length| length.parse::<usize>()) {
                Some(Ok(length)) if length <= MAX_BODY => self.read_exactly(length, deadline)?,
                Some(_) => {
                    return Err(ReadEnd(
                        "a `Content-Length` that is wrong or too big".into(),
                    ));
                }
                None => self.read_to_end(deadline)?,
            }
        };
        let body = String::from_utf8(body);
        let body = body.map_err(|_| ReadEnd("a body that is not UTF-8".into()))?;
        Ok(Response { status, head, body })
    }

    fn read_exactly(&mut self, length: usize, deadline: Deadline) -> Result<Vec<u8>, ReadEnd> {
        while self.socket.unread.len() < length {
            self.socket.read_more(deadline)?;
        }
        Ok(self.socket.unread.drain(..length).collect())
    }

    /// Reads chunks. Each chunk has three parts: a line with the length of the data in hexadecimal digits, the data,
    /// and a line end. A chunk of length 0 ends the body.
    fn read_chunks(&mut self, deadline: Deadline) -> Result<Vec<u8>, ReadEnd> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match self.socket.unread.windows(2).position(|two| two == b"\r\n") {
                    Some(end) => break end,
                    None => self.socket.read_more(deadline)?,
                }
            };
            let line: Vec<u8> = self.socket.unread.drain(..end + 2).take(end).collect();
            let line = String::from_utf8_lossy(&line);
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16).ok();
            let length = length.filter(|length| length.saturating_add(body.len()) <= MAX_BODY);
            let length =
                length.ok_or_else(|| ReadEnd(format!("a chunk of length {}", quote(&line))))?;
            let mut chunk = self.read_exactly(length + 2, deadline)?;
            if length == 0 {
                return Ok(body);
            }
            chunk.truncate(length);
            body.append(&mut chunk);
        }
    }

    fn read_to_end(&mut self, deadline: Deadline) -> Result<Vec<u8>, ReadEnd> {
        loop {
            match self.socket.read_more(deadline) {
                Ok(()) if self.socket.unread.len() > MAX_BODY => {
                    return Err(ReadEnd("a body of more than 1 MiB".into()));
                }
                Ok(()) => {}
                Err(end) if end.is_end() => {
                    return Ok(std::mem::take(&mut self.socket.unread));
                }
                Err(end) => return Err(end),
            }
        }
    }
}

impl Response {
    pub fn lines(&self) -> Vec<&str> {
        self.body.lines().collect()
    }
}
