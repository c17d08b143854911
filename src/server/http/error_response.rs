//! The response to a request that is not served: a status and one plain sentence.

use std::error::Error;
use std::fmt;

use crate::server::http::response::Response;

/// A response that says why a request is not served. It is the last response on its connection: an unread body may
/// follow the request, and must not be parsed as another request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ErrorResponse {
    /// The status code (RFC 9110, section 15).
    pub status: u16,
    /// One plain sentence that says what was wrong. It is the body of the response.
    pub sentence: String,
    response: Box<Response>,
}

impl ErrorResponse {
    /// Makes an error response without additional header fields.
    pub fn new(status: u16, sentence: impl Into<String>) -> ErrorResponse {
        let sentence = sentence.into();
        let response = Response::text(status, format!("{sentence}\n")).closing();
        ErrorResponse {
            status,
            sentence,
            response: Box::new(response),
        }
    }

    /// Returns the response to a message that is longer than `max` bytes.
    pub(crate) fn too_long(max: usize) -> ErrorResponse {
        ErrorResponse::new(413, format!("A message may have at most {max} bytes."))
    }

    /// Returns the 503 of a server that is stopping.
    pub(crate) fn stopping() -> ErrorResponse {
        ErrorResponse::new(503, "The server is stopping.").with("Retry-After", "5")
    }

    /// Adds a header field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> ErrorResponse {
        *self.response = self.response.with(name, value);
        self
    }

    /// Omits the body if the method of the request is HEAD (RFC 9110, section 9.3.2).
    #[must_use]
    pub fn to(mut self, method: &str) -> ErrorResponse {
        *self.response = self.response.to(method);
        self
    }

    /// Returns the response as bytes for the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.response.to_bytes()
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.sentence)
    }
}

impl Error for ErrorResponse {}
