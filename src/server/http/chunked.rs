//! A request body in chunks (RFC 9112, section 7.1), as a value: bytes in, the body out. No socket, no thread.

use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::{MAX_FIELDS, MAX_HEAD};

/// The maximum length of the line that gives the size of a chunk: 256 bytes, including extensions and line end.
pub(crate) const MAX_SIZE_LINE: usize = 256;

/// The maximum total length of a body's extensions: 8 KiB. This server ignores extensions.
///
/// Without this limit, a client could send 250 bytes of extensions with each byte of the body.
pub(crate) const MAX_EXTENSIONS: usize = 8 * 1024;

/// The maximum number of hexadecimal digits in the size of a chunk, including leading zeros: 16, as in a `u64`.
const MAX_DIGITS: usize = 16;

/// A body in chunks that arrives piece by piece.
///
/// The result does not depend on how the network splits the bytes.
#[derive(Debug)]
pub struct ChunkedBody {
    max: usize,
    bytes: Vec<u8>,
    extensions: usize,
    next: Expected,
}

/// The part of a body that is expected next.
#[derive(Debug)]
enum Expected {
    /// The line with the size of a chunk.
    SizeLine,
    /// The rest of a chunk's data: at least one byte.
    Data { left: usize },
    /// The line end after a chunk's data.
    DataEnd,
    /// The trailer fields and the empty line, which end the body.
    Trailers,
    /// Nothing more: the body is complete.
    Nothing,
}

impl ChunkedBody {
    /// Makes an empty body, which may grow to `max` bytes of data.
    pub(crate) fn new(max: usize) -> ChunkedBody {
        ChunkedBody {
            max,
            bytes: Vec::new(),
            extensions: 0,
            next: Expected::SizeLine,
        }
    }

    /// Consumes the bytes of the body at the front of `bytes`, and returns how many it consumed.
    ///
    /// This consumes no incomplete line, no incomplete trailer fields, and no bytes after the body. The caller passes
    /// the incomplete part again, followed by more bytes.
    ///
    /// # Errors
    /// - 400: a chunk or a trailer field is malformed, or the extensions of the body are too long.
    /// - 413: the size of a chunk makes the body too long. No memory is reserved for that chunk.
    /// - 431: the trailer fields exceed [`MAX_FIELDS`] or [`MAX_HEAD`].
    pub fn consume(&mut self, bytes: &[u8]) -> Result<usize, ErrorResponse> {
        let mut consumed = 0;
        while let Some(length) = self.consume_part(&bytes[consumed..])? {
            consumed += length;
        }
        Ok(consumed)
    }

    /// Returns whether the whole body has arrived.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self.next, Expected::Nothing)
    }

    /// Returns the data of all chunks. The trailer fields are dropped (RFC 9110, section 6.5.1).
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Consumes one part and returns its length. Returns `None` if the part is incomplete or the body is complete.
    fn consume_part(&mut self, bytes: &[u8]) -> Result<Option<usize>, ErrorResponse> {
        match self.next {
            Expected::SizeLine => self.consume_size_line(bytes),
            Expected::Data { left } => Ok(self.consume_data(bytes, left)),
            Expected::DataEnd => match bytes {
                [] | [b'\r'] => Ok(None),
                [b'\r', b'\n', ..] => {
                    self.next = Expected::SizeLine;
                    Ok(Some(2))
                }
                _ => Err(malformed("its data is longer than its size")),
            },
            Expected::Trailers => self.consume_trailers(bytes),
            Expected::Nothing => Ok(None),
        }
    }

    fn consume_size_line(&mut self, bytes: &[u8]) -> Result<Option<usize>, ErrorResponse> {
        let start = bytes.get(..MAX_SIZE_LINE).unwrap_or(bytes);
        let Some(end) = start.iter().position(|byte| *byte == b'\n') else {
            return match start.len() {
                MAX_SIZE_LINE => Err(malformed("the line with its size is too long")),
                _ => Ok(None),
            };
        };
        let line = start.get(..end).and_then(|line| line.strip_suffix(b"\r"));
        let line = line.ok_or_else(|| malformed("one of its lines does not end in CR LF"))?;
        let (size, extensions) = size_and_extensions(line)?;
        self.extensions += extensions;
        if self.extensions > MAX_EXTENSIONS {
            return Err(malformed("its extensions are too long"));
        }
        let fits = size <= (self.max - self.bytes.len()) as u64;
        self.next = match usize::try_from(size) {
            Ok(0) => Expected::Trailers,
            Ok(left) if fits => Expected::Data { left },
            _ => return Err(ErrorResponse::too_long(self.max)),
        };
        Ok(Some(end + 1))
    }

    fn consume_data(&mut self, bytes: &[u8], left: usize) -> Option<usize> {
        if bytes.is_empty() {
            return None;
        }
        let data = bytes.get(..left).unwrap_or(bytes);
        self.bytes.extend_from_slice(data);
        self.next = match left - data.len() {
            0 => Expected::DataEnd,
            left => Expected::Data { left },
        };
        Some(data.len())
    }

    fn consume_trailers(&mut self, bytes: &[u8]) -> Result<Option<usize>, ErrorResponse> {
        let section = bytes.get(..MAX_HEAD).unwrap_or(bytes);
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let length = match httparse::parse_headers(section, &mut fields) {
            Ok(httparse::Status::Complete((length, _))) => length,
            Ok(httparse::Status::Partial) if section.len() < MAX_HEAD => return Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Err(ErrorResponse::new(
                    431,
                    "The trailer fields are too many or too long.",
                ));
            }
            Err(_) => return Err(malformed("its trailer fields are malformed")),
        };
        // httparse accepts a line that ends in LF alone. Another reader may not, and may see the body end elsewhere.
        let section = &section[..length];
        let is_bare = |pair: &[u8]| matches!(pair, [before, b'\n'] if *before != b'\r');
        if section.first() == Some(&b'\n') || section.windows(2).any(is_bare) {
            return Err(malformed("one of its lines does not end in CR LF"));
        }
        self.next = Expected::Nothing;
        Ok(Some(length))
    }
}

/// Parses the size line of a chunk, without its line end. Returns the size of the chunk, and the length of its
/// extensions.
fn size_and_extensions(line: &[u8]) -> Result<(u64, usize), ErrorResponse> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let (digits, extensions) = line.split_at(digits.count());
    let size = (digits.len() <= MAX_DIGITS)
        .then(|| std::str::from_utf8(digits).ok())
        .flatten()
        .and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let size = size.ok_or_else(|| malformed("its size is not a hexadecimal number"))?;
    // RFC 9112, section 7.1.1: white space may follow a size only if a semicolon comes next.
    let is_extension = extensions.is_empty() || extensions.trim_ascii_start().starts_with(b";");
    let is_text = extensions
        .iter()
        .all(|byte| *byte == b'\t' || !byte.is_ascii_control());
    if is_extension && is_text {
        Ok((size, extensions.len()))
    } else {
        Err(malformed(
            "something other than an extension follows its size",
        ))
    }
}

fn malformed(what: &str) -> ErrorResponse {
    ErrorResponse::new(400, format!("The body has a malformed chunk: {what}."))
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]
mod tests;
