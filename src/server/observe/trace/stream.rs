//! One direction of a connection as text: heads of HTTP, their bodies, and frames. No socket, no thread.

use std::mem;

use crate::base::frame::Header;
use crate::base::line::decimal;
use crate::server::http::chunked::ChunkedBody;
use crate::server::http::head::{Head, MAX_FIELDS, MAX_HEAD};
use crate::server::observe::trace::direction::Direction;
use crate::server::observe::trace::text::{self, MAX_SHOWN};

/// How long a body in chunks may be: 16 KiB. All of it is kept until its end. A longer one is shown as raw bytes.
const MAX_CHUNKED: usize = 16 * 1024;

/// What comes next in a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    /// The head of a request or a response.
    Head,
    /// A body of this many bytes, at least one. A response to HEAD has none, whatever its head says.
    Body(u64),
    /// A body in chunks.
    Chunks,
    /// A frame, or another request if the server has not upgraded the connection.
    FrameOrHead,
    /// A frame.
    Frame,
    /// Bytes that are neither HTTP nor frames.
    Bytes,
}

/// The bytes that have passed in one direction.
#[derive(Debug)]
pub struct Stream {
    direction: Direction,
    colors: bool,
    next: Next,
    /// The beginning of what comes next.
    pending: Vec<u8>,
    /// How many bytes are still to come of a body or a frame that is shown already.
    unseen: u64,
    length: u64,
}

impl Stream {
    /// Makes a stream in which nothing has passed yet.
    pub fn new(direction: Direction, colors: bool) -> Stream {
        Stream {
            direction,
            colors,
            next: Next::Head,
            pending: Vec::new(),
            unseen: 0,
            length: 0,
        }
    }

    /// Returns how many bytes have passed.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Lets bytes pass. Returns a text for each head, body and frame whose shown part is now complete.
    ///
    /// The texts do not depend on how the network cuts the bytes, except for bytes that are neither HTTP nor frames.
    pub fn trace(&mut self, bytes: &[u8]) -> Vec<String> {
        self.length += bytes.len() as u64;
        self.pending.extend_from_slice(bytes);
        let pending = mem::take(&mut self.pending);
        let mut rest = self.skip(&pending);
        let mut texts = Vec::new();
        while let Some((text, length)) = self.first(rest) {
            texts.push(self.arrow(&text));
            self.unseen = length;
            rest = self.skip(rest);
        }
        self.pending = rest.to_vec();
        texts
    }

    /// Returns what is still incomplete, for the end of the stream.
    pub fn rest(&self) -> Option<String> {
        let what = match self.next {
            Next::Frame => "of a frame that did not come whole",
            Next::Body(_) | Next::Chunks => "of a body that did not come whole",
            _ => "of a head that did not come whole",
        };
        let text = match (&*self.pending, self.unseen) {
            ([], 0) => return None,
            ([], unseen) => format!("the last one lacks {unseen} bytes"),
            (begun, _) => text::bytes(begun, what),
        };
        Some(self.arrow(&text))
    }

    fn arrow(&self, text: &str) -> String {
        text::arrow(self.direction, text, self.colors)
    }

    /// Returns what follows the bytes that have been shown already.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let length = self.unseen.min(bytes.len() as u64);
        self.unseen -= length;
        &bytes[length as usize..]
    }

    /// Returns the first item in these bytes as text, and its length, or `None` if its shown part is incomplete.
    fn first(&mut self, bytes: &[u8]) -> Option<(String, u64)> {
        let first = *bytes.first()?;
        match self.next {
            Next::Body(length) if !self.may_be_response(bytes) => {
                let text = text::body(length, beginning(bytes, length)?);
                self.next = Next::Head;
                Some((text, length))
            }
            Next::Chunks => self.chunks(bytes),
            Next::Frame => frame(bytes, self.colors),
            // A method begins with a letter. A frame that does breaks a rule.
            Next::FrameOrHead if !first.is_ascii_uppercase() => {
                self.next = Next::Frame;
                frame(bytes, self.colors)
            }
            Next::Bytes => Some(unknown(bytes)),
            Next::Head | Next::Body(_) | Next::FrameOrHead => self.head(bytes),
        }
    }

    /// Returns whether these bytes begin like a response. No body of this server does.
    fn may_be_response(&self, bytes: &[u8]) -> bool {
        const START: &[u8] = b"HTTP/1.";
        let length = bytes.len().min(START.len());
        self.direction == Direction::ToClient && bytes[..length] == START[..length]
    }

    fn head(&mut self, bytes: &[u8]) -> Option<(String, u64)> {
        let head = match self.direction {
            Direction::ToServer => request(bytes),
            Direction::ToClient => response(bytes),
        };
        match head {
            Ok(None) => None,
            Ok(Some((length, next))) => {
                self.next = next;
                Some((text::head(&bytes[..length], self.colors), length as u64))
            }
            Err(NotHttp) => {
                self.next = Next::Bytes;
                Some(unknown(bytes))
            }
        }
    }

    fn chunks(&mut self, bytes: &[u8]) -> Option<(String, u64)> {
        let mut body = ChunkedBody::new(MAX_CHUNKED);
        match body.take(bytes) {
            Ok(length) if body.is_complete() => {
                self.next = Next::Head;
                let body = body.into_bytes();
                let shown = &body[..body.len().min(MAX_SHOWN)];
                Some((text::body(body.len() as u64, shown), length as u64))
            }
            Ok(_) => None,
            Err(_) => {
                self.next = Next::Bytes;
                Some(unknown(bytes))
            }
        }
    }
}

/// Bytes that are not the head of a request or a response.
struct NotHttp;

/// Returns the length of a request's head and what follows it, or `None` while the head is incomplete.
fn request(bytes: &[u8]) -> Result<Option<(usize, Next)>, NotHttp> {
    let Some((head, length)) = Head::parse(bytes).map_err(|_| NotHttp)? else {
        return Ok(None);
    };
    let next = match after_head(head.values("content-length").next()) {
        _ if head.has_word("transfer-encoding", "chunked") => Next::Chunks,
        Next::Head if head.has_word("upgrade", "websocket") => Next::FrameOrHead,
        next => next,
    };
    Ok(Some((length, next)))
}

/// Returns the length of a response's head and what follows it, or `None` while the head is incomplete.
fn response(bytes: &[u8]) -> Result<Option<(usize, Next)>, NotHttp> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let length = match response.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
        _ => return Err(NotHttp),
    };
    if response.code == Some(101) {
        return Ok(Some((length, Next::Frame)));
    }
    let mut fields = response.headers.iter();
    let field = fields.find(|field| field.name.eq_ignore_ascii_case("content-length"));
    let value = field.and_then(|field| std::str::from_utf8(field.value).ok());
    Ok(Some((length, after_head(value))))
}

fn after_head(content_length: Option<&str>) -> Next {
    match content_length.and_then(decimal) {
        None | Some(0) => Next::Head,
        Some(length) => Next::Body(length),
    }
}

fn frame(bytes: &[u8], colors: bool) -> Option<(String, u64)> {
    let header = Header::parse(bytes)?;
    let (header_bytes, rest) = bytes.split_at(header.length);
    let mut payload = beginning(rest, header.payload)?.to_vec();
    if let Some(mask) = header.mask {
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
    }
    let text = text::frame(&header, header_bytes, &payload, colors);
    Some((text, header.payload.saturating_add(header.length as u64)))
}

fn unknown(bytes: &[u8]) -> (String, u64) {
    let text = text::bytes(bytes, "that are neither HTTP nor a frame");
    (text, bytes.len() as u64)
}

/// Returns what is shown of `length` bytes, or `None` until that has arrived.
fn beginning(bytes: &[u8], length: u64) -> Option<&[u8]> {
    bytes.get(..length.min(MAX_SHOWN as u64) as usize)
}
