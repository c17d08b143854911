//! One direction of a connection as text: HTTP heads, HTTP bodies, and frames. No socket, no thread.

use std::mem;

use httparse::{EMPTY_HEADER, Request, Response, Status};

use crate::base::frame::Header;
use crate::base::line::decimal;
use crate::server::http::chunked::ChunkedBody;
use crate::server::http::head::{MAX_FIELDS, MAX_HEAD};
use crate::server::observe::trace::text::{self, MAX_SHOWN};

/// How long a chunked body may be: 16 KiB. It stays in memory until it is complete. A longer one is shown as raw bytes.
const MAX_CHUNKED: usize = 16 * 1024;

/// What comes next in a stream.
#[derive(Clone, Copy, Debug, Default)]
enum Next {
    /// The head of a request or a response.
    #[default]
    Head,
    /// A body of this many bytes, at least one. After a HEAD request there is no body, although the head has a length.
    Body(u64),
    Chunks,
    /// A frame, or another request if the server has not upgraded the connection.
    FrameOrHead,
    Frame,
    /// Bytes that are neither HTTP nor frames.
    Bytes,
}

/// The text of a head, a body or a frame, and its length in bytes. `None` while the part to be shown is incomplete.
type Item = Option<(String, u64)>;

/// The bytes that have passed in one direction.
#[derive(Debug, Default)]
pub struct TracedStream {
    next: Next,
    /// The beginning of an incomplete head, body or frame.
    pending: Vec<u8>,
    /// A body or a frame may be shown before it is complete. This is how many of its bytes have not arrived yet.
    unseen: u64,
    length: u64,
}

impl TracedStream {
    /// Returns how many bytes have been traced.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Traces bytes. Returns a text for each head, body and frame whose shown part is now complete.
    ///
    /// The texts do not depend on how the network splits the stream, except for bytes that are neither HTTP nor frames.
    pub fn trace(&mut self, bytes: &[u8]) -> Vec<String> {
        self.length += bytes.len() as u64;
        let mut pending = mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let mut rest = self.skip(&pending);
        let mut texts = Vec::new();
        while let Some((text, length)) = self.first(rest) {
            texts.push(text);
            self.unseen = length;
            rest = self.skip(rest);
        }
        self.pending = rest.to_vec();
        texts
    }

    /// Returns a text about incomplete data. Call this at the end of the stream.
    pub fn rest(&self) -> Option<String> {
        match (&*self.pending, self.unseen) {
            ([], 0) => None,
            ([], unseen) => Some(format!(
                "{unseen} bytes of the last frame or body did not arrive"
            )),
            (begun, _) => Some(text::bytes(begun, "of an incomplete head, body or frame")),
        }
    }

    /// Returns the bytes after those that are already shown.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let length = self.unseen.min(bytes.len() as u64);
        self.unseen -= length;
        &bytes[length as usize..]
    }

    fn first(&mut self, bytes: &[u8]) -> Item {
        let first = *bytes.first()?;
        match self.next {
            // No body from this server begins with `HTTP/1.`. Bytes that do are the next head, after a response without a body.
            Next::Body(length) if !bytes.starts_with(b"HTTP/1.") => {
                let text = text::body(beginning(bytes, length)?, length);
                self.next = Next::Head;
                Some((text, length))
            }
            Next::Chunks => self.chunks(bytes),
            // A method begins with a capital letter. A valid frame never does: such a byte would set RSV1.
            Next::FrameOrHead if !first.is_ascii_uppercase() => {
                self.next = Next::Frame;
                frame(bytes)
            }
            Next::Frame => frame(bytes),
            Next::Head | Next::Body(_) | Next::FrameOrHead => self.head(bytes),
            Next::Bytes => Some((text::more(bytes), bytes.len() as u64)),
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Item {
        let mut fields = [EMPTY_HEADER; MAX_FIELDS];
        let (status, code, fields) = if bytes.starts_with(b"HTTP/") {
            let mut response = Response::new(&mut fields);
            (response.parse(bytes), response.code, response.headers)
        } else {
            let mut request = Request::new(&mut fields);
            (request.parse(bytes), None, request.headers)
        };
        let length = match status {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) if bytes.len() < MAX_HEAD => return None,
            _ => return self.raw(bytes),
        };
        let field = |name| {
            let field = fields
                .iter()
                .find(|it| it.name.eq_ignore_ascii_case(name))?;
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
        Some((text::head(&bytes[..length]), length as u64))
    }

    fn chunks(&mut self, bytes: &[u8]) -> Item {
        let mut body = ChunkedBody::new(MAX_CHUNKED);
        let Ok(length) = body.take(bytes) else {
            return self.raw(bytes);
        };
        if !body.is_complete() {
            return None;
        }
        self.next = Next::Head;
        let body = body.into_bytes();
        let shown = &body[..body.len().min(MAX_SHOWN)];
        Some((text::body(shown, body.len() as u64), length as u64))
    }

    /// Shows bytes that are neither HTTP nor a frame. The rest of the stream cannot be parsed either.
    fn raw(&mut self, bytes: &[u8]) -> Item {
        self.next = Next::Bytes;
        let text = text::bytes(bytes, "that are neither HTTP nor a frame");
        Some((text, bytes.len() as u64))
    }
}

fn frame(bytes: &[u8]) -> Item {
    let header = Header::parse(bytes)?;
    let (header_bytes, rest) = bytes.split_at(header.length);
    let mask = header.mask.unwrap_or_default();
    let masked = beginning(rest, header.payload_length)?.iter();
    let payload: Vec<u8> = masked
        .zip(mask.iter().cycle())
        .map(|(a, b)| a ^ b)
        .collect();
    let text = text::frame(&header, header_bytes, &payload);
    Some((
        text,
        header.payload_length.saturating_add(header.length as u64),
    ))
}

/// Returns the part of `length` bytes that is shown, or `None` if it has not arrived completely.
fn beginning(bytes: &[u8], length: u64) -> Option<&[u8]> {
    bytes.get(..length.min(MAX_SHOWN as u64) as usize)
}
