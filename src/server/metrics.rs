#![doc = include_str!("../guide/metrics.md")]

pub mod exposition;
pub mod traffic;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::limits::slots::Slots;

/// The way in which lines and other things travel between a client and the room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Technique {
    /// `GET /lines`.
    Polling,
    /// `GET /lines?wait=S`.
    LongPolling,
    /// `POST /lines`.
    Post,
    /// A WebSocket, from the request to upgrade on; an echo too.
    WebSocket,
    /// `GET /`.
    Page,
    /// Everything else: requests that are refused, `GET /metrics`, and what is no whole request.
    Other,
}

impl Technique {
    /// The labels of all techniques, in their order.
    pub const LABELS: [&'static str; 6] = [
        "polling",
        "long_polling",
        "post",
        "websocket",
        "page",
        "other",
    ];
}

/// The labels of the two kinds of connections, in the order in which one becomes the other.
pub const KINDS: [&str; 2] = ["http", "websocket"];

/// The labels of all [endings](super::ending::Ending::label).
pub const ENDINGS: [&str; 12] = [
    "left",
    "gone",
    "silent",
    "broke_a_rule",
    "refused",
    "served",
    "too_slow",
    "stuck",
    "too_many_behind",
    "replaced",
    "stopping",
    "panicked",
];

/// The labels of all refusals. All but the last belong to a [status](reason).
pub const REFUSALS: [&str; 13] = [
    "bad_request",
    "forbidden",
    "not_found",
    "method",
    "late",
    "name_taken",
    "no_length",
    "too_large",
    "no_websocket",
    "long_head",
    "stopping",
    "other",
    TOO_MANY,
];

/// The label of those whom `accept` has turned away.
pub const TOO_MANY: &str = "too_many_connections";

/// The label of a refusal with this status.
pub fn reason(status: u16) -> &'static str {
    match status {
        400 => "bad_request",
        403 => "forbidden",
        404 => "not_found",
        405 => "method",
        408 => "late",
        409 => "name_taken",
        411 => "no_length",
        413 => "too_large",
        426 => "no_websocket",
        414 | 431 => "long_head",
        503 => "stopping",
        _ => "other",
    }
}

/// One number for each value of a label.
#[derive(Debug)]
pub struct Counts<const N: usize> {
    labels: [&'static str; N],
    counts: [AtomicU64; N],
}

impl<const N: usize> Counts<N> {
    fn of(labels: [&'static str; N]) -> Counts<N> {
        Counts {
            labels,
            counts: [const { AtomicU64::new(0) }; N],
        }
    }

    /// Adds to the number at this place.
    pub fn add(&self, place: usize, count: usize) {
        if let Some(number) = self.counts.get(place) {
            number.fetch_add(count as u64, Ordering::Relaxed);
        }
    }

    /// Takes one from the number at this place.
    pub fn take_one(&self, place: usize) {
        if let Some(number) = self.counts.get(place) {
            number.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Adds one to the number with this label.
    pub fn count(&self, label: &str) {
        if let Some(place) = self.labels.iter().position(|known| *known == label) {
            self.add(place, 1);
        }
    }

    /// The labels with their numbers.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let numbers = self
            .counts
            .iter()
            .map(|number| number.load(Ordering::Relaxed));
        self.labels.into_iter().zip(numbers)
    }
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    /// When the server started.
    pub start: SystemTime,
    /// How many lines the room has numbered. The hub stores it.
    pub lines: Arc<AtomicU64>,
    /// The places of those who are behind, of which each has a catch-up thread.
    pub behind: Slots,
    /// How many connections there are now, by [kind](KINDS).
    pub connections: Counts<2>,
    /// How many lines were delivered.
    pub deliveries: Counts<6>,
    /// How many bytes were read from sockets.
    pub received: Counts<6>,
    /// How many bytes were written to sockets.
    pub sent: Counts<6>,
    /// How many requests came.
    pub requests: Counts<6>,
    /// Why connections ended.
    pub endings: Counts<12>,
    /// Why requests were refused.
    pub refusals: Counts<13>,
}

impl Metrics {
    /// Nothing counted yet. So many clients may be behind.
    pub fn new(max_behind: usize) -> Metrics {
        let by_technique = || Counts::of(Technique::LABELS);
        Metrics {
            start: SystemTime::now(),
            lines: Arc::default(),
            behind: Slots::new(max_behind),
            connections: Counts::of(KINDS),
            deliveries: by_technique(),
            received: by_technique(),
            sent: by_technique(),
            requests: by_technique(),
            endings: Counts::of(ENDINGS),
            refusals: Counts::of(REFUSALS),
        }
    }
}
