//! The body of a request, as a value: where it ends (RFC 9112, section 6.3), and what has come of it.

use crate::base::line;
use crate::server::http::chunked::ChunkedBody;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::head::Head;

/// A body that comes piece by piece.
#[derive(Debug)]
pub enum Body {
    /// The request says how long it is.
    Sized {
        /// How many bytes are still to come.
        left: usize,
        /// Those that have come.
        bytes: Vec<u8>,
    },
    /// It comes in chunks.
    Chunked(ChunkedBody),
}

impl Body {
    /// The body that follows the head of a POST. It may have at most `max` bytes.
    ///
    /// # Errors
    /// 411 if the head does not say where the body ends. 413 if the body is longer than `max`. 400 if the length is no
    /// number or stands there twice, and if two readers could see different ends: a Content-Length beside a
    /// Transfer-Encoding, a Transfer-Encoding that does not end in `chunked` or comes with HTTP/1.0. 501 for a transfer
    /// coding before `chunked`.
    pub fn new(head: &Head, max: usize) -> Result<Body, ErrorResponse> {
        let length = head.only("content-length")?;
        if head.values("transfer-encoding").next().is_some() {
            check_chunked(head, length)?;
            return Ok(Body::Chunked(ChunkedBody::new(max)));
        }
        let length = length.ok_or_else(|| {
            ErrorResponse::new(411, "A POST must have a Content-Length, or come in chunks.")
        })?;
        let length = line::decimal(length)
            .ok_or_else(|| ErrorResponse::new(400, "The Content-Length is not a number."))?;
        match usize::try_from(length) {
            Ok(left) if left <= max => Ok(Body::Sized {
                left,
                bytes: Vec::new(),
            }),
            _ => Err(ErrorResponse::too_long(max)),
        }
    }

    /// Takes what has come of the body from the front of `bytes`, and returns how many bytes that were.
    ///
    /// # Errors
    /// Those of [`ChunkedBody::take`].
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, ErrorResponse> {
        match self {
            Body::Chunked(body) => body.take(bytes),
            Body::Sized { left, bytes: body } => {
                let data = bytes.get(..*left).unwrap_or(bytes);
                body.extend_from_slice(data);
                *left -= data.len();
                Ok(data.len())
            }
        }
    }

    /// Whether all of the body has come.
    pub fn is_complete(&self) -> bool {
        match self {
            Body::Sized { left, .. } => *left == 0,
            Body::Chunked(body) => body.is_complete(),
        }
    }

    /// What has come of the body.
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
    // Another reader, such as a proxy, may believe the other field, and take the end of this body for a request.
    if content_length.is_some() {
        return bad_request(
            "A request may have a Content-Length or a Transfer-Encoding, not both.",
        );
    }
    if !head.is_http_1_1 {
        return bad_request("HTTP/1.0 has no Transfer-Encoding.");
    }
    let is_chunked = |coding: &&str| coding.eq_ignore_ascii_case("chunked");
    let codings: Vec<_> = head.words("transfer-encoding").collect();
    match codings.split_last() {
        Some((last, [])) if is_chunked(last) => Ok(()),
        Some((last, before)) if is_chunked(last) && !before.iter().any(is_chunked) => {
            Err(ErrorResponse::new(
                501,
                "The only transfer coding that this server knows is chunked.",
            ))
        }
        Some((last, _)) if is_chunked(last) => bad_request("A body may be chunked only once."),
        _ => bad_request("The Transfer-Encoding of a request must end in chunked."),
    }
}
