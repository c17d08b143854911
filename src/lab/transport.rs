//! The techniques that are compared, and what theory says of each.

use std::fmt;
use std::time::Duration;

/// A way to hear what is said in the room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    /// Ask for new lines again and again, once in this time.
    Polling(Duration),
    /// Ask, and have the server answer when there is a line (RFC 6202, section 2).
    LongPolling,
    /// Be told (RFC 6455).
    WebSocket,
}

/// All that are compared.
pub const ALL: [Transport; 5] = [
    Transport::Polling(Duration::from_secs(5)),
    Transport::Polling(Duration::from_secs(1)),
    Transport::Polling(Duration::from_millis(100)),
    Transport::LongPolling,
    Transport::WebSocket,
];

/// The longest interval of [`ALL`]: so long after the last line somebody has not heard it yet.
pub const LONGEST_INTERVAL: Duration = Duration::from_secs(5);

/// What was done and is not a matter of chance.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// How many lines are said in a second, on average.
    pub rate: f64,
    /// How many were said.
    pub lines: usize,
    /// How many bytes a line has, on average, with its number and name.
    pub line: f64,
}

/// What a connection costs that is not lines: measured, because it depends on the headers that client and server choose.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Overhead {
    /// Bytes of a request and of its answer's head.
    pub exchange: u64,
    /// Bytes before the first line, the handshake above all.
    pub opening: u64,
}

impl Transport {
    /// How many bytes a line costs in theory, both ways together.
    ///
    /// - Polling asks `1 / interval` times a second, whether there are lines or not.
    /// - Long polling asks once for each line, unless some come while an answer is under way and share the next one.
    /// - WebSocket shakes hands once and then has a frame header for each line.
    pub fn bytes_per_line(self, conditions: Conditions, overhead: Overhead) -> f64 {
        let exchange = overhead.exchange as f64;
        match self {
            Transport::Polling(interval) => {
                exchange / (conditions.rate * interval.as_secs_f64()) + conditions.line + 1.0
            }
            Transport::LongPolling => exchange + conditions.line + 1.0,
            Transport::WebSocket => {
                let opening = overhead.opening as f64 / conditions.lines.max(1) as f64;
                opening + frame_header(conditions.line as u64, false) as f64 + conditions.line
            }
        }
    }

    /// The mean of the delay in theory, if it is a matter of waiting and not of the network: a line that comes at a random
    /// time finds half of the interval before it.
    pub fn mean_delay(self) -> Option<Duration> {
        match self {
            Transport::Polling(interval) => Some(interval / 2),
            Transport::LongPolling | Transport::WebSocket => None,
        }
    }

    /// What theory says of the delay.
    pub fn delay(self) -> String {
        match self {
            Transport::Polling(interval) => {
                format!(
                    "{} s, at most {} s",
                    interval.as_secs_f64() / 2.0,
                    interval.as_secs_f64()
                )
            }
            Transport::LongPolling => "1 to 3 ways through the net".to_owned(),
            Transport::WebSocket => "1 way through the net".to_owned(),
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Transport::Polling(interval) if interval.as_secs() > 0 => {
                f.pad(&format!("polling, {} s", interval.as_secs_f64()))
            }
            Transport::Polling(interval) => f.pad(&format!("polling, {} ms", interval.as_millis())),
            Transport::LongPolling => f.pad("long polling"),
            Transport::WebSocket => f.pad("WebSocket"),
        }
    }
}

/// How long the header of a frame with so much payload is, in bytes: 2 to 14 (RFC 6455, section 5.2).
pub fn frame_header(payload: u64, masked: bool) -> usize {
    let length = match payload {
        ..=125 => 2,
        126..=0xFFFF => 4,
        _ => 10,
    };
    if masked { length + 4 } else { length }
}
