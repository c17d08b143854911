//! Why a request is not served, in one plain sentence.

use crate::server::http::response::Response;

/// An answer that says why a request is not served, after which the connection ends: what follows on it may be the body
/// that was not read, and must not be taken for another request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ErrorResponse {
    /// The status code (RFC 9110, section 15).
    pub status: u16,
    /// One plain sentence that says what was wrong; the body of the answer.
    pub sentence: String,
    answer: Response,
}

impl ErrorResponse {
    /// A refusal without further header fields.
    pub fn new(status: u16, sentence: impl Into<String>) -> ErrorResponse {
        let sentence = sentence.into();
        let answer = Response::text(status, format!("{sentence}\n")).ending();
        ErrorResponse {
            status,
            sentence,
            answer,
        }
    }

    /// A refusal of a body that is longer than `max` bytes.
    pub fn too_long(max: usize) -> ErrorResponse {
        ErrorResponse::new(413, format!("A message may have at most {max} bytes."))
    }

    /// What is answered while the server stops.
    pub fn stopping() -> ErrorResponse {
        ErrorResponse::new(503, "The server is stopping.").with("Retry-After", "5")
    }

    /// The same with one more header field.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> ErrorResponse {
        self.answer = self.answer.with(name, value);
        self
    }

    /// The same as the answer to a request with this method: HEAD gets no body (RFC 9110, section 9.3.2).
    pub fn to(mut self, method: &str) -> ErrorResponse {
        self.answer = self.answer.to(method);
        self
    }

    /// The answer as it goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.answer.to_bytes()
    }
}
