//! One direction of a connection as text: HTTP heads, HTTP bodies, and frames. This module uses no socket and no
//! thread.

use std::mem;

use httparse::{EMPTY_HEADER, Request, Response, Status};

use crate::base::frame::Header;
use crate::base::line::decimal;
use crate::server::http::chunked::ChunkedBody;
use crate::server::http::head::{MAX_FIELDS, MAX_HEAD};
use crate::server::observe::trace::text::{self, MAX_SHOWN, quoted};

/// The maximum size of a chunked body that is decoded: 64 KiB of data.
const MAX_CHUNKED: usize = 64 * 1024;

/// What comes next in a stream.
#[derive(Debug, Default)]
enum Next {
    /// The head of a request or a response.
    #[default]
    Head,
    /// A body of this many bytes, at least one. After a response to HEAD, the next head may come instead.
    Body(u64),
    /// The rest of a chunked body.
    Chunked(ChunkedBody),
    /// A frame, or another head if the server has not upgraded the connection.
    Frame,
}

/// The text of a head, body or frame, and how many bytes to skip once it is shown. `None` while its shown part is
/// incomplete.
///
/// The number to skip is [`u64::MAX`] if all further bytes are only counted, because they are neither HTTP nor frames.
type Item = Option<(String, u64)>;

/// Turns the bytes of one direction of a connection into text.
#[derive(Debug, Default)]
pub struct TracedStream {
    next: Next,
    /// Whether the last head was a response. If so, this is the direction to the client.
    has_responses: bool,
    /// The beginning of an incomplete head, body or frame.
    pending: Vec<u8>,
    /// How many bytes of the last shown body or frame have not arrived yet.
    unseen: u64,
    length: u64,
}

impl TracedStream {
    /// Returns how many bytes have been traced.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Traces bytes. Returns the text of each head, body and frame whose shown part is now complete.
    ///
    /// The texts do not depend on how the network splits the stream, except for bytes that are neither HTTP nor frames.
    pub fn trace(&mut self, bytes: &[u8]) -> Vec<String> {
        self.length += bytes.len() as u64;
        let mut pending = mem::take(&mut self.pending);
        pending.extend_from_slice(bytes);
        let (mut remainder, mut texts) = (&*pending, Vec::new());
        loop {
            let shown = self.unseen.min(remainder.len() as u64);
            self.unseen -= shown;
            remainder = &remainder[shown as usize..];
            let Some((text, length)) = self.first(&mut remainder) else {
                self.pending = remainder.to_vec();
                return texts;
            };
            texts.push(text);
            self.unseen = length;
        }
    }

    /// Returns the first item of `bytes`. The part of a chunked body that has arrived is removed from `bytes`.
    fn first(&mut self, bytes: &mut &[u8]) -> Item {
        let first = *bytes.first()?;
        match self.next {
            // After a response to HEAD, no body follows. No body from this server begins with `HTTP/1.`, so such bytes
            // are the next head.
            Next::Body(length) if !(self.has_responses && bytes.starts_with(b"HTTP/1.")) => {
                let shown = quoted(beginning(bytes, length)?, length);
                self.next = Next::Head;
                Some((format!("HTTP, a body of {length} bytes  {shown}"), length))
            }
            Next::Chunked(_) => self.chunked_body(bytes),
            // A head begins with a capital letter. A valid frame never does: such a byte would set RSV1.
            Next::Frame if !first.is_ascii_uppercase() => frame(bytes),
            Next::Head | Next::Body(_) | Next::Frame => self.head(bytes),
        }
    }

    fn head(&mut self, bytes: &[u8]) -> Item {
        let mut fields = [EMPTY_HEADER; MAX_FIELDS];
        self.has_responses = bytes.starts_with(b"HTTP/");
        let (status, fields) = if self.has_responses {
            let mut response = Response::new(&mut fields);
            (response.parse(bytes), response.headers)
        } else {
            let mut request = Request::new(&mut fields);
            (request.parse(bytes), request.headers)
        };
        let length = match status {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) if bytes.len() < MAX_HEAD => return None,
            _ => return Some((text::not_parsed(bytes), u64::MAX)),
        };
        let field = |name| {
            let mut fields = fields.iter();
            let field = fields.find(|it| it.name.eq_ignore_ascii_case(name))?;
            std::str::from_utf8(field.value).ok()
        };
        let text = text::head(&bytes[..length]);
        self.next = if field("transfer-encoding").is_some() {
            Next::Chunked(ChunkedBody::new(MAX_CHUNKED))
        } else if let Some(length @ 1..) = field("content-length").and_then(decimal) {
            Next::Body(length)
        } else if field("upgrade").is_some() {
            Next::Frame
        } else {
            Next::Head
        };
        Some((text, length as u64))
    }

    fn chunked_body(&mut self, bytes: &mut &[u8]) -> Item {
        // `take` leaves `Next::Head`, because a head follows the body.
        let Next::Chunked(mut body) = mem::take(&mut self.next) else {
            return None;
        };
        let Ok(length) = body.consume(bytes) else {
            return Some((text::not_parsed(bytes), u64::MAX));
        };
        *bytes = &bytes[length..];
        if !body.is_complete() {
            self.next = Next::Chunked(body);
            return None;
        }
        let data = body.into_bytes();
        let shown = quoted(&data[..data.len().min(MAX_SHOWN)], data.len() as u64);
        let text = format!("HTTP, a chunked body of {} bytes  {shown}", data.len());
        Some((text, 0))
    }
}

fn frame(bytes: &[u8]) -> Item {
    let header = Header::parse(bytes)?;
    let (header_bytes, payload) = bytes.split_at(header.length);
    let shown = beginning(payload, header.payload_length)?;
    let text = text::frame(&header, header_bytes, shown);
    Some((
        text,
        header.payload_length.saturating_add(header.length as u64),
    ))
}

/// Returns the shown part of a body or payload of `length` bytes, or `None` if `bytes` ends before that part does.
fn beginning(bytes: &[u8], length: u64) -> Option<&[u8]> {
    bytes.get(..length.min(MAX_SHOWN as u64) as usize)
}
