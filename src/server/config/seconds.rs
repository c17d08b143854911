//! The value of a timeout option.

use std::fmt;
use std::time::Duration;

/// A timeout from a millisecond to a day. On the command line, it is a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Seconds(Duration);

impl Seconds {
    /// Makes a timeout from whole seconds, clamped to the range of this type.
    pub const fn new(seconds: u64) -> Seconds {
        Seconds::from_millis(seconds.saturating_mul(1000))
    }

    /// Makes a timeout from milliseconds, clamped to the range of this type.
    pub const fn from_millis(milliseconds: u64) -> Seconds {
        match Duration::from_millis(milliseconds) {
            span if span.as_millis() < MIN.as_millis() => Seconds(MIN),
            span if span.as_millis() > MAX.as_millis() => Seconds(MAX),
            span => Seconds(span),
        }
    }

    /// Returns the timeout as a [`Duration`].
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}

const MIN: Duration = Duration::from_millis(1);
const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Parses the value of a timeout option.
///
/// # Errors
/// Fails with a message for the user if the text is not a number of seconds from 0.001 to 86400.
pub(crate) fn seconds(text: &str) -> Result<Seconds, String> {
    let span = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    span.filter(|span| (MIN..=MAX).contains(span))
        .map(Seconds)
        .ok_or_else(|| "expected a number of seconds from 0.001 to 86400".to_owned())
}
