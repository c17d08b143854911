//! The techniques that are compared, and what each costs in theory.

use std::fmt;
use std::time::Duration;

use crate::lab::delays::short;

/// A technique for receiving what is said in the room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Technique {
    /// Ask for new lines again and again, at this interval.
    Polling(Duration),
    /// Make a request that the server answers when there is a line (RFC 6202, section 2).
    LongPolling,
    /// Ask once, and receive each line when it is said (RFC 6455).
    WebSocket,
}

/// All techniques that are compared.
pub const TECHNIQUES: [Technique; 5] = [
    Technique::Polling(Duration::from_secs(5)),
    Technique::Polling(Duration::from_secs(1)),
    Technique::Polling(Duration::from_millis(100)),
    Technique::LongPolling,
    Technique::WebSocket,
];

/// The longest interval in [`TECHNIQUES`]. The last line may reach a polling listener this long after it was said.
pub(crate) const LONGEST_INTERVAL: Duration = Duration::from_secs(5);

/// What the theoretical costs and delays of a run depend on.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// How many lines are said per second, on average.
    pub rate: f64,
    /// How many lines were said.
    pub lines: usize,
    /// The average length of a line in bytes, with its number and name.
    pub line: f64,
    /// How long a byte takes from the server to a listener, or from the listener to the server.
    pub delay: Duration,
}

/// The bytes that a technique costs besides the lines: per request, or once per connection. They are measured, because
/// they depend on the header fields of the client and the server.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Overhead {
    /// Bytes of a request and of the head of its response.
    pub exchange: u64,
    /// Bytes before the first line, mainly the handshake.
    pub opening: u64,
}

impl Technique {
    /// Returns how many bytes a line costs in theory, in both directions together.
    ///
    /// - Polling makes one request in each interval, whether there are lines or not.
    /// - Long polling makes one request for each line, but lines that are said between a response and the next request
    ///   share one response.
    /// - WebSocket needs one handshake, and then a frame header for each line.
    pub fn bytes_per_line(self, conditions: Conditions, overhead: Overhead) -> f64 {
        let exchange = overhead.exchange as f64;
        match self {
            Technique::Polling(interval) => {
                let interval = real_interval(interval, conditions.delay);
                exchange / (conditions.rate * interval.as_secs_f64()) + conditions.line + 1.0
            }
            Technique::LongPolling => {
                let (without_request, with_request) = mean_request_times(conditions);
                exchange / (conditions.rate * (without_request + with_request))
                    + conditions.line
                    + 1.0
            }
            Technique::WebSocket => {
                let opening = overhead.opening as f64 / conditions.lines.max(1) as f64;
                opening + frame_header(conditions.line as u64, false) as f64 + conditions.line
            }
        }
    }

    /// Returns the mean delay in theory. It leaves out the time that the programs need.
    ///
    /// - Polling: one trip through the network, and half the interval. Lines are said at random times, so half the
    ///   interval is the average wait for a poll.
    /// - Long polling: one trip, if a request is waiting when the line is said. Otherwise the line waits for the next
    ///   request, half a round trip on average. So a line takes up to three trips (RFC 6202, section 2.2).
    /// - WebSocket: one trip.
    pub fn mean_delay(self, conditions: Conditions) -> Duration {
        match self {
            Technique::Polling(interval) => {
                real_interval(interval, conditions.delay) / 2 + conditions.delay
            }
            Technique::LongPolling => {
                let (without_request, with_request) = mean_request_times(conditions);
                conditions
                    .delay
                    .mul_f64(1.0 + without_request / (without_request + with_request))
            }
            Technique::WebSocket => conditions.delay,
        }
    }

    /// Returns the mean delay in theory, as text. If the network has no delay, the text for long polling and WebSocket
    /// is the number of trips.
    pub fn theory(self, conditions: Conditions) -> String {
        match self {
            Technique::LongPolling if conditions.delay.is_zero() => "1-3 trips".to_owned(),
            Technique::WebSocket if conditions.delay.is_zero() => "1 trip".to_owned(),
            _ => short(self.mean_delay(conditions)),
        }
    }
}

/// Returns the interval between polls. A poll takes a round trip. If the round trip is longer than the interval, the
/// next poll waits for the next multiple of the interval.
fn real_interval(interval: Duration, delay: Duration) -> Duration {
    let missed = (2.0 * delay.as_secs_f64() / interval.as_secs_f64()).floor();
    interval.mul_f64(1.0 + missed)
}

/// Returns two mean times of long polling, in seconds: how long the server has no request, and how long it then has
/// one.
///
/// During a round trip, while the response and the next request are in flight, the server has no request. Then it has
/// one until the next line is said. If a line was said during the round trip, the server responds immediately. The
/// probability of that is `1 - e^(-rate * without_request)`.
fn mean_request_times(conditions: Conditions) -> (f64, f64) {
    let without_request = 2.0 * conditions.delay.as_secs_f64();
    let none_came = f64::exp(-conditions.rate * without_request);
    (without_request, none_came / conditions.rate)
}

impl fmt::Display for Technique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Technique::Polling(interval) if interval.as_secs() > 0 => {
                f.pad(&format!("polling, {} s", interval.as_secs_f64()))
            }
            Technique::Polling(interval) => f.pad(&format!("polling, {} ms", interval.as_millis())),
            Technique::LongPolling => f.pad("long polling"),
            Technique::WebSocket => f.pad("WebSocket"),
        }
    }
}

/// Returns the length of a frame's header in bytes, 2 to 14, for a payload of this length (RFC 6455, section 5.2).
pub fn frame_header(payload: u64, masked: bool) -> usize {
    let length = match payload {
        ..=125 => 2,
        126..=0xFFFF => 4,
        _ => 10,
    };
    if masked { length + 4 } else { length }
}
