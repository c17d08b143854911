//! A queue for an output that may be slow, such as stderr. One thread writes the items, so no other thread waits for
//! the output.
//!
//! A write to stdout or stderr blocks while the pipe is full, or while the terminal is stopped with Ctrl-S. This wait
//! has no timeout.

use std::io;
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::receive::receive;
use crate::base::supervisor::Supervisor;

/// The maximum number of items that wait in the queue: 4,096. Further items are lost, and counted.
pub const MAX_WAITING: usize = 4096;

/// The sending end of the queue.
#[derive(Clone, Debug)]
pub(crate) struct LossyQueue<T> {
    items: Sender<T>,
    lost: Arc<AtomicU64>,
}

/// What the queue's thread writes.
#[derive(Debug)]
pub(crate) enum Queued<T> {
    Item(T),
    /// The number of items that are missing at this point of the output, because the queue was full.
    Lost(u64),
}

impl<T: Send + 'static> LossyQueue<T> {
    /// Starts a thread with this name. The thread ends when all items are written and the last clone of the queue is
    /// dropped, or when `write` fails.
    ///
    /// # Errors
    /// Fails if the thread cannot be started.
    pub(crate) fn start(
        supervisor: &Supervisor,
        name: &str,
        write: impl FnMut(Queued<T>) -> io::Result<()> + Send + 'static,
    ) -> io::Result<LossyQueue<T>> {
        let (items, inbox) = bounded(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        supervisor.spawn(name, move || {
            // A write fails when the reader has closed the output. Later writes would fail, too.
            let _ = write_all(&inbox, &counted, write);
        })?;
        Ok(LossyQueue { items, lost })
    }

    /// Passes an item to the thread, without waiting. If too many items wait or the thread has ended, this item is
    /// lost.
    pub(crate) fn push(&self, item: T) {
        if self.items.try_send(item).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns how many items wait.
    pub(crate) fn waiting(&self) -> usize {
        self.items.len()
    }

    /// Returns how many items have been lost.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

fn write_all<T>(
    items: &Receiver<T>,
    lost: &AtomicU64,
    mut write: impl FnMut(Queued<T>) -> io::Result<()>,
) -> io::Result<()> {
    let mut reported = 0;
    while let Ok(first) = receive(items, None) {
        // Items are lost only while the channel is full, so the report of a loss belongs after the items that wait now.
        let (lost, waiting) = (lost.load(Ordering::Relaxed), items.len());
        for item in iter::once(first).chain(items.try_iter().take(waiting)) {
            write(Queued::Item(item))?;
        }
        if lost > reported {
            write(Queued::Lost(lost - reported))?;
            reported = lost;
        }
    }
    Ok(())
}
