//! What is counted about the history file.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The value of `stalled_until` while the disk takes nothing.
const STILL: u64 = u64::MAX;

/// What the keeper has written, and whether its disk takes it.
#[derive(Debug)]
pub struct HistoryCounters {
    start: Instant,
    syncs: AtomicU64,
    bytes: AtomicU64,
    nanoseconds: AtomicU64,
    /// When the last stall ended, in milliseconds since `start`: 0 if there was none, and [`STILL`] during a stall.
    stalled_until: AtomicU64,
}

impl Default for HistoryCounters {
    fn default() -> HistoryCounters {
        HistoryCounters {
            start: Instant::now(),
            syncs: AtomicU64::default(),
            bytes: AtomicU64::default(),
            nanoseconds: AtomicU64::default(),
            stalled_until: AtomicU64::default(),
        }
    }
}

impl HistoryCounters {
    /// Counts a sync, which put this many bytes on the disk and took this long.
    pub(crate) fn count_sync(&self, bytes: usize, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Returns how many syncs there were.
    pub(crate) fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    /// Returns how many bytes are on the disk because of them.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns how long they took in all.
    pub(crate) fn sync_time(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }

    /// Notes that the disk takes nothing for now.
    pub(crate) fn begin_stall(&self) {
        self.stalled_until.store(STILL, Ordering::Relaxed);
    }

    /// Notes that the disk takes lines again.
    pub(crate) fn end_stall(&self) {
        // 0 means that there was no stall.
        self.stalled_until
            .store(self.now().max(1), Ordering::Relaxed);
    }

    /// Returns whether the disk takes nothing now.
    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled_until.load(Ordering::Relaxed) == STILL
    }

    /// Returns whether the disk took nothing at some time within the last `span`.
    pub(crate) fn was_stalled_within(&self, span: Duration) -> bool {
        match self.stalled_until.load(Ordering::Relaxed) {
            0 => false,
            STILL => true,
            end => u128::from(self.now().saturating_sub(end)) <= span.as_millis(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(STILL - 1)
    }
}
