//! A request body in chunks (RFC 9112, section 7.1), as a value: bytes in, the body out. No socket, no thread.

use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::{MAX_FIELDS, MAX_HEAD};

/// How long the line with the size of a chunk may be: 256 bytes, with its extensions and its end.
pub const MAX_SIZE_LINE: usize = 256;

/// How many bytes the extensions of all chunks of a body may have together: 8 KiB. This server knows no extension. Without
/// this bound, a client could send 250 bytes of extensions with each byte of the body.
pub const MAX_EXTENSIONS: usize = 8 * 1024;

/// How many hexadecimal digits the size of a chunk may have, leading zeros included: 16, those of a `u64`.
const MAX_DIGITS: usize = 16;

/// A body of which the chunks come one after the other.
///
/// The result does not depend on how the network cuts the bytes.
#[derive(Debug)]
pub struct ChunkedBody {
    max: usize,
    bytes: Vec<u8>,
    extensions: usize,
    next: Part,
}

/// The part of a body that comes next.
#[derive(Debug)]
enum Part {
    /// The line with the size of a chunk.
    SizeLine,
    /// The rest of a chunk's data: at least one byte.
    Data { left: usize },
    /// The line end after a chunk's data.
    DataEnd,
    /// The trailer fields and the empty line, which end the body.
    Trailers,
    /// Nothing: the body is complete.
    Nothing,
}

impl ChunkedBody {
    /// A body of which nothing has come yet. It may have at most `max` bytes, without what frames its chunks.
    pub fn new(max: usize) -> ChunkedBody {
        ChunkedBody {
            max,
            bytes: Vec::new(),
            extensions: 0,
            next: Part::SizeLine,
        }
    }

    /// Takes what has come of the body from the front of `bytes`, and returns how many bytes that were.
    ///
    /// What it leaves is the beginning of a line that is not whole, or what follows the body. The caller passes the
    /// beginning of a line again, with more bytes behind it.
    ///
    /// # Errors
    /// 400 for what is no chunk, or a chunk with too many extensions. 413 as soon as a size says that the body is too long:
    /// nothing is reserved for it. 431 for trailer fields over [`MAX_FIELDS`] or [`MAX_HEAD`].
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, ErrorResponse> {
        let mut taken = 0;
        while let Some(length) = self.take_part(bytes.get(taken..).unwrap_or_default())? {
            taken += length;
        }
        Ok(taken)
    }

    /// Whether all of the body has come.
    pub fn is_complete(&self) -> bool {
        matches!(self.next, Part::Nothing)
    }

    /// The body without what framed its chunks. The trailer fields are dropped (RFC 9110, section 6.5.1).
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Takes one part, or `None` if more bytes are needed for that, or none.
    fn take_part(&mut self, bytes: &[u8]) -> Result<Option<usize>, ErrorResponse> {
        match self.next {
            Part::SizeLine => self.take_size_line(bytes),
            Part::Data { left } => Ok(self.take_data(bytes, left)),
            Part::DataEnd => match bytes {
                [] | [b'\r'] => Ok(None),
                [b'\r', b'\n', ..] => {
                    self.next = Part::SizeLine;
                    Ok(Some(2))
                }
                _ => Err(malformed("its data is longer than its size")),
            },
            Part::Trailers => self.take_trailers(bytes),
            Part::Nothing => Ok(None),
        }
    }

    fn take_size_line(&mut self, bytes: &[u8]) -> Result<Option<usize>, ErrorResponse> {
        let start = bytes.get(..MAX_SIZE_LINE).unwrap_or(bytes);
        let Some(end) = start.iter().position(|byte| *byte == b'\n') else {
            return match start.len() {
                MAX_SIZE_LINE => Err(malformed("the line with its size is too long")),
                _ => Ok(None),
            };
        };
        let line = start.get(..end).and_then(|line| line.strip_suffix(b"\r"));
        let line = line.ok_or_else(|| malformed("a line of it does not end in CR LF"))?;
        let (size, extensions) = size_and_extensions(line)?;
        self.extensions += extensions;
        if self.extensions > MAX_EXTENSIONS {
            return Err(malformed("its extensions are too long"));
        }
        let is_welcome = size <= (self.max - self.bytes.len()) as u64;
        self.next = match usize::try_from(size) {
            Ok(0) => Part::Trailers,
            Ok(left) if is_welcome => Part::Data { left },
            _ => return Err(ErrorResponse::too_long(self.max)),
        };
        Ok(Some(end + 1))
    }

    fn take_data(&mut self, bytes: &[u8], left: usize) -> Option<usize> {
        if bytes.is_empty() {
            return None;
        }
        let data = bytes.get(..left).unwrap_or(bytes);
        self.bytes.extend_from_slice(data);
        self.next = match left - data.len() {
            0 => Part::DataEnd,
            left => Part::Data { left },
        };
        Some(data.len())
    }

    fn take_trailers(&mut self, bytes: &[u8]) -> Result<Option<usize>, ErrorResponse> {
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
            Err(_) => return Err(malformed("its trailer fields are not header fields")),
        };
        // The parser lets a line end in LF alone. Where a body ends, two readers must not differ.
        let section = section.get(..length).unwrap_or_default();
        let is_bare = |pair: &[u8]| matches!(pair, [before, b'\n'] if *before != b'\r');
        if section.first() == Some(&b'\n') || section.windows(2).any(is_bare) {
            return Err(malformed("a line of it does not end in CR LF"));
        }
        self.next = Part::Nothing;
        Ok(Some(length))
    }
}

/// The size of a chunk, and the length of its extensions, from a line without its end.
fn size_and_extensions(line: &[u8]) -> Result<(u64, usize), ErrorResponse> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let (digits, extensions) = line.split_at(digits.count());
    let size = (digits.len() <= MAX_DIGITS)
        .then(|| std::str::from_utf8(digits).ok())
        .flatten()
        .and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let size = size.ok_or_else(|| malformed("its size is not a hexadecimal number"))?;
    // RFC 9112, section 7.1.1, wants white space before a semicolon to be understood. Without one it means nothing.
    let is_extension = extensions.is_empty() || extensions.trim_ascii_start().starts_with(b";");
    let is_text = extensions
        .iter()
        .all(|byte| *byte == b'\t' || !byte.is_ascii_control());
    if is_extension && is_text {
        Ok((size, extensions.len()))
    } else {
        Err(malformed("something that is no extension follows its size"))
    }
}

fn malformed(what: &str) -> ErrorResponse {
    ErrorResponse::new(400, format!("The body has a malformed chunk: {what}."))
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]
mod tests;
