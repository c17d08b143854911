//! One direction of a connection as text: heads of HTTP, their bodies, and frames. No socket, no thread.

use std::mem;

use httparse::{EMPTY_HEADER, Request, Response, Status};

use crate::base::frame::Header;
use crate::base::line::decimal;
use crate::server::http::chunked::ChunkedBody;
use crate::server::http::head::{MAX_FIELDS, MAX_HEAD};
use crate::server::observe::trace::direction::Direction;
use crate::server::observe::trace::text::{self, MAX_SHOWN};

/// How long a body in chunks may be: 16 KiB. All of it is kept until its end. A longer one is shown as raw bytes.
const MAX_CHUNKED: usize = 16 * 1024;

/// What comes next in a stream.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// The head of a request or a response.
    Head,
    /// A body of this many bytes, at least one. A response to HEAD has none, whatever its head says.
    Body(u64),
    Chunks,
    /// A frame, or another request if the server has not upgraded the connection.
    FrameOrHead,
    Frame,
    /// Bytes that are neither HTTP nor frames.
    Bytes,
}

/// The text of a head, a body or a frame, and its length. `None` means that its shown part is incomplete.
type Item = Option<(String, u64)>;

/// Bytes that are not HTTP.
struct NotHttp;

/// The bytes that have passed in one direction.
#[derive(Debug)]
pub struct TracedStream {
    direction: Direction,
    next: Next,
    /// The beginning of what comes next.
    pending: Vec<u8>,
    /// How many bytes are still to come of a body or a frame that is shown already.
    unseen: u64,
    length: u64,
}

impl TracedStream {
    /// Makes a stream in which nothing has passed yet.
    pub fn new(direction: Direction) -> TracedStream {
        TracedStream {
            direction,
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

    /// Traces bytes. Returns a text for each head, body and frame whose shown part is now complete.
    ///
    /// The texts do not depend on how the network cuts the bytes, except for bytes that are neither HTTP nor frames.
    pub fn trace(&mut self, bytes: &[u8]) -> Vec<String> {
        self.length += bytes.len() as u64;
        self.pending.extend_from_slice(bytes);
        let pending = mem::take(&mut self.pending);
        let mut rest = self.skip(&pending);
        let mut texts = Vec::new();
        while let Some((text, length)) = self.first(rest) {
            texts.push(text::with_arrow(self.direction, &text));
            self.unseen = length;
            rest = self.skip(rest);
        }
        self.pending = rest.to_vec();
        texts
    }

    /// Returns what is still incomplete, for the end of the stream.
    pub fn rest(&self) -> Option<String> {
        let text = match (&*self.pending, self.unseen) {
            ([], 0) => return None,
            ([], unseen) => format!("{unseen} bytes of the last frame or body did not arrive"),
            (begun, _) => text::bytes(begun, "that are incomplete"),
        };
        Some(text::with_arrow(self.direction, &text))
    }

    /// Returns what follows the bytes that have been shown already.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let length = self.unseen.min(bytes.len() as u64);
        self.unseen -= length;
        &bytes[length as usize..]
    }

    fn first(&mut self, bytes: &[u8]) -> Item {
        let first = *bytes.first()?;
        let item = match self.next {
            Next::Body(length) if !self.may_be_response(bytes) => Ok(self.body(bytes, length)),
            Next::Chunks => self.chunks(bytes),
            Next::Frame => Ok(frame(bytes)),
            // A method begins with a capital letter. A valid frame never does: such a byte would set RSV1.
            Next::FrameOrHead if !first.is_ascii_uppercase() => {
                self.next = Next::Frame;
                Ok(frame(bytes))
            }
            Next::Bytes => Err(NotHttp),
            Next::Head | Next::Body(_) | Next::FrameOrHead => self.head(bytes),
        };
        item.unwrap_or_else(|NotHttp| {
            self.next = Next::Bytes;
            let text = text::bytes(bytes, "that are neither HTTP nor a frame");
            Some((text, bytes.len() as u64))
        })
    }

    /// Returns whether these bytes begin like a response. No body of this server does.
    fn may_be_response(&self, bytes: &[u8]) -> bool {
        const START: &[u8] = b"HTTP/1.";
        let length = bytes.len().min(START.len());
        self.direction == Direction::ToClient && bytes[..length] == START[..length]
    }

    fn head(&mut self, bytes: &[u8]) -> Result<Item, NotHttp> {
        let mut fields = [EMPTY_HEADER; MAX_FIELDS];
        let (status, code, fields) = if self.direction == Direction::ToServer {
            let mut request = Request::new(&mut fields);
            (request.parse(bytes), None, request.headers)
        } else {
            let mut response = Response::new(&mut fields);
            (response.parse(bytes), response.code, response.headers)
        };
        let length = match status {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
            _ => return Err(NotHttp),
        };
        let field = |name: &str| {
            let mut fields = fields.iter();
            let field = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
            std::str::from_utf8(field.value).ok()
        };
        self.next = if code == Some(101) {
            Next::Frame
        } else if field("transfer-encoding").is_some() {
            Next::Chunks
        } else if let Some(length @ 1..) = field("content-length").and_then(decimal) {
            Next::Body(length)
        } else if field("upgrade").is_some() {
            Next::FrameOrHead
        } else {
            Next::Head
        };
        Ok(Some((text::head(&bytes[..length]), length as u64)))
    }

    fn body(&mut self, bytes: &[u8], length: u64) -> Item {
        let text = text::body(length, beginning(bytes, length)?);
        self.next = Next::Head;
        Some((text, length))
    }

    fn chunks(&mut self, bytes: &[u8]) -> Result<Item, NotHttp> {
        let mut body = ChunkedBody::new(MAX_CHUNKED);
        let length = body.take(bytes).map_err(|_| NotHttp)?;
        if !body.is_complete() {
            return Ok(None);
        }
        self.next = Next::Head;
        let body = body.into_bytes();
        let shown = &body[..body.len().min(MAX_SHOWN)];
        Ok(Some((text::body(body.len() as u64, shown), length as u64)))
    }
}

fn frame(bytes: &[u8]) -> Item {
    let header = Header::parse(bytes)?;
    let (header_bytes, rest) = bytes.split_at(header.length);
    let mut payload = beginning(rest, header.payload)?.to_vec();
    if let Some(mask) = header.mask {
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
    }
    let text = text::frame(&header, header_bytes, &payload);
    Some((text, header.payload.saturating_add(header.length as u64)))
}

/// Returns what is shown of `length` bytes, or `None` until that has arrived.
fn beginning(bytes: &[u8], length: u64) -> Option<&[u8]> {
    bytes.get(..length.min(MAX_SHOWN as u64) as usize)
}
