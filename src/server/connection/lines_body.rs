//! Parses the body of a POST.

use crate::base::line::{Lines, LinesError};
use crate::server::http::error_response::ErrorResponse;

/// Parses a body into lines.
///
/// # Errors
/// 400 for a body that is not UTF-8 or has no line. 413 for a body with too many lines.
pub fn parse(body: &[u8]) -> Result<Lines, ErrorResponse> {
    let text = std::str::from_utf8(body)
        .map_err(|_| ErrorResponse::new(400, "The lines must be UTF-8."))?;
    Lines::parse(text).map_err(|error| match error {
        LinesError::Empty => ErrorResponse::new(400, "The body has no lines."),
        LinesError::TooMany => {
            ErrorResponse::new(413, format!("The lines are not accepted: {error}."))
        }
    })
}
