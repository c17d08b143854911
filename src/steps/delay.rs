//! Parses a delay from the command line.

use std::time::Duration;

/// Parses a time with its unit, such as `50ms` or `1.5s`. Fails if the time is longer than 10 s.
pub fn parse(text: &str) -> Result<Duration, &'static str> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or_default(), 1.0),
    };
    let seconds = number.parse().map(|number: f64| number * unit).ok();
    let seconds = seconds.filter(|seconds| (0.0..=10.0).contains(seconds));
    let delay = seconds.map(Duration::from_secs_f64);
    delay.ok_or("expected a time of at most 10s with its unit, such as 50ms")
}
