//! The body of a POST as lines.

use crate::line::{Lines, NoLines};
use crate::server::http::refusal::Refusal;

/// The lines that a body says.
///
/// # Errors
/// 400 for a body that is not UTF-8 or has no line, 413 for one with too many.
pub fn parse(body: &[u8]) -> Result<Lines, Refusal> {
    let text =
        std::str::from_utf8(body).map_err(|_| Refusal::new(400, "The lines must be UTF-8."))?;
    Lines::parse(text).map_err(|error| match error {
        NoLines::Empty => Refusal::new(400, "There is no line to say."),
        NoLines::TooMany => Refusal::new(413, format!("This cannot be said: {error}.")),
    })
}
