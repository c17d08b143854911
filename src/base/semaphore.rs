//! A bound on how many of something there may be at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many places, shared by all who hold a clone.
#[derive(Clone, Debug)]
pub struct Semaphore {
    limit: usize,
    free: Arc<AtomicUsize>,
}

impl Semaphore {
    /// So many free places.
    pub fn new(limit: usize) -> Semaphore {
        Semaphore {
            limit,
            free: Arc::new(AtomicUsize::new(limit)),
        }
    }

    /// How many places are taken now.
    pub fn taken(&self) -> usize {
        self.limit.saturating_sub(self.free.load(Ordering::Relaxed))
    }

    /// Takes a place, or returns `None` if all are taken. Never waits.
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

/// A place that is taken, until this value is dropped: also by a panic, and by a thread that could not be started.
#[derive(Debug)]
pub struct Permit {
    free: Arc<AtomicUsize>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.free.fetch_add(1, Ordering::AcqRel);
    }
}
