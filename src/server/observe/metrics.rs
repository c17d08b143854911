#![doc = include_str!("../../guide/metrics.md")]

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::base::semaphore::{Permit, Semaphore};
use crate::server::observe::disconnect::DisconnectReason;
use crate::server::observe::history_counters::HistoryCounters;
pub use crate::server::observe::labels::{ConnectionKind, Label, RefusalLabel, Transport};

/// One count for each value of a label.
#[derive(Debug)]
pub struct Counts<L> {
    counts: Box<[AtomicU64]>,
    label: PhantomData<L>,
}

impl<L: Label> Counts<L> {
    fn zero() -> Counts<L> {
        Counts {
            counts: L::NAMES.iter().map(|_| AtomicU64::new(0)).collect(),
            label: PhantomData,
        }
    }

    /// Adds `count` to the count of `value`.
    pub(crate) fn add(&self, value: &L, count: usize) {
        self.add_at(value.index(), count);
    }

    /// Adds `count` to the count of the value with this [index](Label::index).
    pub(super) fn add_at(&self, index: usize, count: usize) {
        self.counts[index].fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Adds one to the count of this value.
    pub(crate) fn count(&self, value: &L) {
        self.add(value, 1);
    }

    pub(crate) fn decrement(&self, value: &L) {
        self.counts[value.index()].fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns the name and the count of each value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let numbers = self.counts.iter();
        let numbers = numbers.map(|number| number.load(Ordering::Relaxed));
        L::NAMES.iter().copied().zip(numbers)
    }
}

/// All metrics of the server.
#[derive(Debug)]
pub struct Metrics {
    /// When the server started.
    pub start: SystemTime,
    /// The number of the newest line. The hub stores it.
    pub newest_number: Arc<AtomicU64>,
    /// Counts what the keeper has written to the history file. Without such a file, all counts stay 0.
    pub history_file: Arc<HistoryCounters>,
    /// The permits for peers whose socket is full: recipients that are behind, and peers that read a response slowly.
    pub behind: Semaphore,
    /// Counts the permits of `behind` that slow responses hold. All other permits in use belong to catch-up threads.
    pub slow_responses: Semaphore,
    /// How many connections there are now, by kind.
    pub connections: Counts<ConnectionKind>,
    /// How many lines were delivered, by transport. A line counts once for each client that receives it.
    pub deliveries: Counts<Transport>,
    /// How many bytes were read from sockets.
    pub received: Counts<Transport>,
    /// How many bytes were written to sockets.
    pub sent: Counts<Transport>,
    /// How many requests with a complete head have arrived.
    pub requests: Counts<Transport>,
    /// How many connections ended, by reason.
    pub disconnects: Counts<DisconnectReason>,
    /// How many requests and connections were not served, by reason.
    pub refusals: Counts<RefusalLabel>,
}

impl Metrics {
    /// Makes metrics with all counts at zero. `max_behind` is the number of permits in `behind`.
    pub fn new(max_behind: usize) -> Metrics {
        Metrics {
            start: SystemTime::now(),
            newest_number: Arc::default(),
            history_file: Arc::default(),
            behind: Semaphore::new(max_behind),
            slow_responses: Semaphore::new(max_behind),
            connections: Counts::zero(),
            deliveries: Counts::zero(),
            received: Counts::zero(),
            sent: Counts::zero(),
            requests: Counts::zero(),
            disconnects: Counts::zero(),
            refusals: Counts::zero(),
        }
    }

    /// Takes a permit of `behind` and one of `slow_responses`. Returns `None` if either semaphore has none left.
    pub(crate) fn try_acquire_for_response(&self) -> Option<(Permit, Permit)> {
        let behind = self.behind.try_acquire();
        behind.zip(self.slow_responses.try_acquire())
    }
}
