//! A failure, written as one sentence.

use std::fmt;

/// The maximum number of characters that a sentence quotes from one text.
const EXCERPT: usize = 70;

/// What a client did, what was expected, and what arrived instead.
#[derive(Debug)]
pub struct Failure {
    pub sent: String,
    pub expected: String,
    pub got: String,
}

impl Failure {
    pub fn new(
        sent: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Self {
        Failure {
            sent: sent.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }

    /// Adds the circumstances to what the client did.
    pub fn during(mut self, circumstances: &str) -> Self {
        self.sent = format!("{} {circumstances}", self.sent);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; expected {}; got {}.",
            self.sent, self.expected, self.got
        )
    }
}

/// Quotes the beginning of `text`, with control characters escaped.
pub fn quote(text: &str) -> String {
    let begin: String = text.chars().take(EXCERPT).collect();
    let more = if begin.len() < text.len() { "…" } else { "" };
    format!("\"{}{more}\"", begin.escape_debug())
}
