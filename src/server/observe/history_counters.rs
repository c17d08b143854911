//! The counters of the history file.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// `stalled_until` has this value from a failure of the disk until the next successful write.
const STALL_ONGOING: u64 = u64::MAX;

/// The time, in milliseconds, after which an unfinished write of lines counts as a stall: 1 s.
const SLOW_WRITE_MS: u64 = 1000;

/// What the keeper has written, and whether the disk works.
#[derive(Debug)]
pub struct HistoryCounters {
    start: Instant,
    syncs: AtomicU64,
    bytes: AtomicU64,
    nanoseconds: AtomicU64,
    /// When the last stall ended, in milliseconds since `start`: 0 if there was none, [`STALL_ONGOING`] while the disk
    /// fails.
    stalled_until: AtomicU64,
    /// When the current write to the disk began, in milliseconds since `start`: 0 if no write is in progress.
    busy_since: AtomicU64,
    /// How many lines were not on the disk when the server stopped.
    unstored: AtomicU64,
}

impl Default for HistoryCounters {
    fn default() -> HistoryCounters {
        HistoryCounters {
            start: Instant::now(),
            syncs: AtomicU64::default(),
            bytes: AtomicU64::default(),
            nanoseconds: AtomicU64::default(),
            stalled_until: AtomicU64::default(),
            busy_since: AtomicU64::default(),
            unstored: AtomicU64::default(),
        }
    }
}

impl HistoryCounters {
    /// Counts a sync, with the bytes that it wrote to the disk and the time that it took.
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

    /// Returns how many bytes all syncs have written.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns how long all syncs took together.
    pub(crate) fn sync_time(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }

    /// Records that a write to the disk begins.
    pub(crate) fn begin_commit(&self) {
        // 0 would mean that no write is in progress.
        self.busy_since.store(self.now().max(1), Ordering::Relaxed);
    }

    /// Records that the disk has failed. The stall lasts until a write succeeds.
    pub(crate) fn begin_stall(&self) {
        self.stalled_until.store(STALL_ONGOING, Ordering::Relaxed);
    }

    /// Records that the lines are on the disk. This ends a stall, if the disk had failed or was slow.
    pub(crate) fn end_commit(&self) {
        if self.is_stalled() {
            self.stalled_until
                .store(self.now().max(1), Ordering::Relaxed);
        }
        // A thread that reads this 0 also sees the end of the stall.
        self.busy_since.store(0, Ordering::Release);
    }

    /// Counts lines that are not on the disk when the server stops.
    pub(crate) fn count_unstored(&self, lines: u64) {
        self.unstored.fetch_add(lines, Ordering::Relaxed);
    }

    /// Returns how many lines were not on the disk when the server stopped.
    pub(crate) fn unstored(&self) -> u64 {
        self.unstored.load(Ordering::Relaxed)
    }

    /// Returns whether a write to the disk is in progress.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy_since.load(Ordering::Acquire) != 0
    }

    /// Returns whether the disk is stalled: it has failed, or the current write has taken more than a second.
    pub(crate) fn is_stalled(&self) -> bool {
        let busy_since = self.busy_since.load(Ordering::Acquire);
        let is_slow = busy_since != 0 && self.now().saturating_sub(busy_since) > SLOW_WRITE_MS;
        is_slow || self.stalled_until.load(Ordering::Relaxed) == STALL_ONGOING
    }

    /// Returns whether the disk may have delayed lines within the last `span`: a write is in progress, or the disk was
    /// stalled at some time within the span.
    pub(crate) fn was_stalled_within(&self, span: Duration) -> bool {
        if self.is_busy() {
            return true;
        }
        match self.stalled_until.load(Ordering::Relaxed) {
            0 => false,
            STALL_ONGOING => true,
            end => u128::from(self.now().saturating_sub(end)) <= span.as_millis(),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(STALL_ONGOING - 1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::AtomicU64;
    use std::time::{Duration, Instant};

    use crate::server::observe::history_counters::HistoryCounters;

    const SPAN: Duration = Duration::from_secs(1000);

    #[test]
    fn slow_commit_counts_as_a_stall() {
        let counters = HistoryCounters {
            start: Instant::now().checked_sub(Duration::from_secs(10)).unwrap(),
            busy_since: AtomicU64::new(1),
            ..HistoryCounters::default()
        };
        assert!(counters.is_stalled() && counters.was_stalled_within(SPAN));
        counters.end_commit();
        assert!(!counters.is_stalled());
        assert!(
            counters.was_stalled_within(SPAN),
            "the room was stalled until now"
        );
    }

    #[test]
    fn running_commit_or_past_stall_may_have_delayed_lines() {
        let counters = HistoryCounters::default();
        assert!(!counters.was_stalled_within(SPAN));
        counters.begin_commit();
        assert!(counters.was_stalled_within(Duration::ZERO));
        counters.begin_stall();
        counters.end_commit();
        assert!(!counters.is_busy() && !counters.is_stalled() && counters.was_stalled_within(SPAN));
    }
}
