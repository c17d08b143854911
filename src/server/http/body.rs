//! The body of a request as a value: where it ends (RFC 9112, section 6.3), and the part that has arrived.

use crate::base::line;
use crate::server::http::chunked::ChunkedBody;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::Head;

/// A body that arrives piece by piece.
#[derive(Debug)]
pub enum Body {
    /// A body with a Content-Length.
    Sized {
        /// How many bytes are still missing.
        left: usize,
        /// The bytes that have arrived.
        bytes: Vec<u8>,
    },
    /// A body in chunks.
    Chunked(ChunkedBody),
}

impl Body {
    /// Makes the body of a POST with this head. The body is empty at first, and may grow to `max` bytes.
    ///
    /// # Errors
    /// - 411: the head does not define where the body ends.
    /// - 413: the body is longer than `max`.
    /// - 400: the length is not a number below 2^64, or is given twice.
    /// - 400: the Transfer-Encoding leaves the end of the body in doubt. It comes with a Content-Length, is in an
    ///   HTTP/1.0 request, does not end in `chunked`, or names `chunked` twice.
    /// - 501: another transfer coding precedes `chunked`.
    pub fn new(head: &Head, max: usize) -> Result<Body, ErrorResponse> {
        let length = head.only("content-length")?;
        if head.values("transfer-encoding").next().is_some() {
            check_chunked(head, length)?;
            return Ok(Body::Chunked(ChunkedBody::new(max)));
        }
        let length = length.ok_or_else(|| {
            ErrorResponse::new(411, "A POST must have a Content-Length, or be chunked.")
        })?;
        let length = line::decimal(length).ok_or_else(|| {
            ErrorResponse::new(400, "The Content-Length must be a number below 2^64.")
        })?;
        match usize::try_from(length) {
            Ok(left) if left <= max => Ok(Body::Sized {
                left,
                bytes: Vec::new(),
            }),
            _ => Err(ErrorResponse::too_long(max)),
        }
    }

    /// Consumes the bytes of the body at the front of `bytes`, and returns their number.
    ///
    /// # Errors
    /// The errors of [`ChunkedBody::consume`].
    pub fn consume(&mut self, bytes: &[u8]) -> Result<usize, ErrorResponse> {
        match self {
            Body::Chunked(body) => body.consume(bytes),
            Body::Sized { left, bytes: body } => {
                let data = bytes.get(..*left).unwrap_or(bytes);
                body.extend_from_slice(data);
                *left -= data.len();
                Ok(data.len())
            }
        }
    }

    /// Returns whether the whole body has arrived.
    pub fn is_complete(&self) -> bool {
        match self {
            Body::Sized { left, .. } => *left == 0,
            Body::Chunked(body) => body.is_complete(),
        }
    }

    /// Returns the data that has arrived, without the sizes of chunks and without trailer fields.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Body::Sized { bytes, .. } => bytes,
            Body::Chunked(body) => body.into_bytes(),
        }
    }
}

/// Checks the Transfer-Encoding of a request that has one (RFC 9112, section 6.1).
fn check_chunked(head: &Head, content_length: Option<&str>) -> Result<(), ErrorResponse> {
    let bad_request = |sentence| Err(ErrorResponse::new(400, sentence));
    // Another reader, such as a proxy, may use the Content-Length, and so parse a part of this body as a request.
    if content_length.is_some() {
        return bad_request(
            "A request may have a Content-Length or a Transfer-Encoding, not both.",
        );
    }
    if !head.is_http_1_1 {
        return bad_request("HTTP/1.0 has no Transfer-Encoding.");
    }
    let is_chunked = |coding: &&str| coding.eq_ignore_ascii_case("chunked");
    let codings: Vec<_> = head.list_items("transfer-encoding").collect();
    match codings.split_last() {
        Some((last, [])) if is_chunked(last) => Ok(()),
        Some((last, before)) if is_chunked(last) && !before.iter().any(is_chunked) => {
            Err(ErrorResponse::new(
                501,
                "The only transfer coding that this server supports is chunked.",
            ))
        }
        Some((last, _)) if is_chunked(last) => bad_request("A body may be chunked only once."),
        _ => bad_request("The Transfer-Encoding of a request must end in chunked."),
    }
}
