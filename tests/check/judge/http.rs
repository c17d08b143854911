//! Sends HTTP requests and reads the responses, however they state the length of their body (RFC 9112, 6.3).

use blocking_chat::base::deadline::Deadline;

use super::failure::{Failure, quote};
use super::handshake::field_of;
use super::socket::{NoMore, Socket};
use super::{Patience, Target};

/// The longest body that is read, in bytes.
const BODY: usize = 1 << 20;

/// A connection that carries one request after another.
pub struct Http {
    socket: Socket,
    patience: Patience,
}

/// A response.
pub struct Answer {
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
    pub fn get(&mut self, target: &str, status: u16) -> Result<Answer, Failure> {
        self.send_get(target)?;
        self.answer(&format!("sent `GET {target}`"), status)
    }

    /// Sends a GET request without waiting for the response.
    pub fn send_get(&mut self, target: &str) -> Result<(), Failure> {
        self.send(&format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    /// Posts the lines of a body and waits for the response, which must have this status.
    pub fn post(&mut self, target: &str, body: &str, status: u16) -> Result<Answer, Failure> {
        let length = body.len();
        self.send(&format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ))?;
        self.answer(
            &format!("sent `POST {target}` with {}", quote(body)),
            status,
        )
    }

    fn send(&mut self, request: &str) -> Result<(), Failure> {
        let sent = request.lines().next().unwrap_or_default();
        let taken = self.socket.send(request.as_bytes());
        taken.map_err(|got| Failure::new(format!("sent `{sent}`"), "the server to read it", got))
    }

    /// Waits for the next response. `sent` describes its request for a failure.
    pub fn answer(&mut self, sent: &str, status: u16) -> Result<Answer, Failure> {
        let expected = format!("status {status}");
        let answer = self.read_answer(self.patience.soon());
        let answer = answer.map_err(|no_more| Failure::new(sent, &expected, no_more.0))?;
        if answer.status == status {
            return Ok(answer);
        }
        let got = format!("status {} with {}", answer.status, quote(&answer.body));
        Err(Failure::new(sent, expected, got))
    }

    fn read_answer(&mut self, deadline: Deadline) -> Result<Answer, NoMore> {
        let head = self.socket.read_head(deadline)?;
        let status = head
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5)?.parse().ok());
        let status = status.ok_or_else(|| NoMore(quote(&head)))?;
        let field = |name| field_of(&head, name).map(str::to_ascii_lowercase);
        let body = if field("Transfer-Encoding").is_some_and(|value| value.contains("chunked")) {
            self.read_chunks(deadline)?
        } else {
            match field("Content-Length").map(|length| length.parse::<usize>()) {
                Some(Ok(length)) if length <= BODY => self.read_exactly(length, deadline)?,
                Some(_) => {
                    return Err(NoMore("a `Content-Length` that is wrong or too big".into()));
                }
                None => self.read_to_end(deadline)?,
            }
        };
        let body = String::from_utf8(body);
        let body = body.map_err(|_| NoMore("a body that is not UTF-8".into()))?;
        Ok(Answer { status, head, body })
    }

    fn read_exactly(&mut self, length: usize, deadline: Deadline) -> Result<Vec<u8>, NoMore> {
        while self.socket.unread.len() < length {
            self.socket.read_more(deadline)?;
        }
        Ok(self.socket.unread.drain(..length).collect())
    }

    /// Reads chunks. Each chunk is a line with its length in hexadecimal digits, that many bytes, and a line end. A chunk of
    /// length 0 ends the body.
    fn read_chunks(&mut self, deadline: Deadline) -> Result<Vec<u8>, NoMore> {
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
            let length = length.filter(|length| length.saturating_add(body.len()) <= BODY);
            let length =
                length.ok_or_else(|| NoMore(format!("a chunk of length {}", quote(&line))))?;
            let mut chunk = self.read_exactly(length + 2, deadline)?;
            if length == 0 {
                return Ok(body);
            }
            chunk.truncate(length);
            body.append(&mut chunk);
        }
    }

    fn read_to_end(&mut self, deadline: Deadline) -> Result<Vec<u8>, NoMore> {
        loop {
            match self.socket.read_more(deadline) {
                Ok(()) if self.socket.unread.len() > BODY => {
                    return Err(NoMore("a body of more than 1 MiB".into()));
                }
                Ok(()) => {}
                Err(no_more) if no_more.is_end() => {
                    return Ok(std::mem::take(&mut self.socket.unread));
                }
                Err(no_more) => return Err(no_more),
            }
        }
    }
}

impl Answer {
    /// Returns the lines of the body.
    pub fn lines(&self) -> Vec<&str> {
        self.body.lines().collect()
    }
}
