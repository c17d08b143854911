//! The client's side of HTTP: one keep-alive connection, and one request after another.

use std::io::{self, Read, Write};

use httparse::Status;

use crate::lab::counting_stream::CountingStream;
use crate::lab::technique::Overhead;

/// The maximum length of a response's body: 4 MiB, which is more than a room keeps. It also bounds the head.
const MAX_RESPONSE: usize = 4 << 20;

/// The maximum number of header fields in a response.
const MAX_HEADERS: usize = 100;

/// A keep-alive connection to a server.
#[derive(Debug)]
pub(crate) struct HttpConnection {
    /// The stream with its counters.
    pub stream: CountingStream,
    /// Bytes that have arrived, but are not yet part of a parsed response.
    unread: Vec<u8>,
    pub requests: u64,
    /// The bytes of the last request and its response, not counting the response's body.
    pub overhead: Overhead,
}

/// The head of a response.
#[derive(Debug, Default)]
pub(crate) struct HttpHead {
    pub status: u16,
    /// The value of `Sec-WebSocket-Accept`. Empty if that field is missing.
    pub accept: String,
    room: Option<String>,
    content_length: Option<usize>,
    length: usize,
}

/// The response to a request for lines.
#[derive(Debug)]
pub struct LinesResponse {
    /// The id of the lines' room, or `None` if the response names no room.
    pub room: Option<String>,
    pub body: String,
}

impl HttpConnection {
    /// Wraps a stream that has not carried a request yet.
    pub(crate) fn new(stream: CountingStream) -> HttpConnection {
        HttpConnection {
            stream,
            unread: Vec::new(),
            requests: 0,
            overhead: Overhead::default(),
        }
    }

    /// Sends a request and waits for the whole response.
    ///
    /// # Errors
    /// Fails as [`HttpConnection::head`] does, or if the status is not 200, or if the response has no usable
    /// Content-Length.
    pub(crate) fn get(&mut self, request: &str) -> io::Result<LinesResponse> {
        let head = self.head(request)?;
        let length = head
            .content_length
            .filter(|length| *length <= MAX_RESPONSE)
            .ok_or_else(|| io::Error::other("the response has no usable Content-Length"))?;
        while self.unread.len() < length {
            self.read_more()?;
        }
        let rest = self.unread.split_off(length);
        let body = std::mem::replace(&mut self.unread, rest);
        let body = String::from_utf8_lossy(&body).into_owned();
        self.overhead.exchange = (request.len() + head.length) as u64;
        match head.status {
            200 => Ok(LinesResponse {
                room: head.room,
                body,
            }),
            status => Err(io::Error::other(format!(
                "the server answered {status}: {}",
                crate::base::line::clean(body.trim())
            ))),
        }
    }

    /// Sends a request and waits for the head of the response.
    ///
    /// # Errors
    /// Fails if the socket fails, the server closes the connection, the response is not HTTP, its head is too long, or
    /// the deadline passes.
    pub(crate) fn head(&mut self, request: &str) -> io::Result<HttpHead> {
        self.stream.write_all(request.as_bytes())?;
        self.requests += 1;
        loop {
            self.read_more()?;
            if let Some(head) = parse(&self.unread)? {
                self.unread.drain(..head.length.min(self.unread.len()));
                return Ok(head);
            }
            if self.unread.len() > MAX_RESPONSE {
                return Err(io::Error::other("the head of the response is too long"));
            }
        }
    }

    /// Returns the stream, and the bytes that arrived after the last response.
    pub(crate) fn into_parts(self) -> (CountingStream, Vec<u8>) {
        (self.stream, self.unread)
    }

    fn read_more(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 * 1024];
        let read = self.stream.read(&mut chunk)?;
        if read == 0 {
            return Err(io::Error::other("the server has closed the connection"));
        }
        self.unread.extend(chunk.iter().take(read));
        Ok(())
    }
}

/// Parses the head at the beginning of `bytes`. Returns `None` while the head is incomplete.
fn parse(bytes: &[u8]) -> io::Result<Option<HttpHead>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(error) => {
            return Err(io::Error::other(format!(
                "the response is not HTTP: {error}"
            )));
        }
    };
    let field = |name: &str| {
        let mut fields = response.headers.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
        Some(String::from_utf8_lossy(field.value).into_owned())
    };
    Ok(Some(HttpHead {
        status: response.code.unwrap_or_default(),
        accept: field("Sec-WebSocket-Accept").unwrap_or_default(),
        room: field("Room"),
        content_length: field("Content-Length").and_then(|length| length.parse().ok()),
        length,
    }))
}
