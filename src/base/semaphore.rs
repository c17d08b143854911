//! A counting semaphore on which no thread waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A fixed number of permits, which all clones of a semaphore share.
#[derive(Clone, Debug)]
pub struct Semaphore {
    limit: usize,
    free: Arc<AtomicUsize>,
}

impl Semaphore {
    /// Makes a semaphore with `limit` free permits.
    pub fn new(limit: usize) -> Semaphore {
        Semaphore {
            limit,
            free: Arc::new(AtomicUsize::new(limit)),
        }
    }

    /// Returns how many permits are taken now.
    pub(crate) fn taken(&self) -> usize {
        self.limit.saturating_sub(self.free.load(Ordering::Relaxed))
    }

    /// Takes a permit, or returns `None` if all are taken. Never waits.
    pub fn try_acquire(&self) -> Option<Permit> {
        let one_less = |free: usize| free.checked_sub(1);
        self.free
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less)
            .ok()?;
        Some(Permit {
            free: Arc::clone(&self.free),
        })
    }
}

/// A taken permit. Dropping it frees the permit, even during a panic.
#[derive(Debug)]
pub struct Permit {
    free: Arc<AtomicUsize>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.free.fetch_add(1, Ordering::AcqRel);
    }
}
