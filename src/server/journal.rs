//! Lines on stderr, from threads that may wait for whoever reads it, and from one that may not.
//!
//! Writing to stderr blocks if nobody reads it: a full pipe, a terminal stopped with Ctrl-S. Nothing ends that wait, so it
//! must not be able to stop the chat or to gather threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use log::{Level, log};

use super::limits::slots::{Slot, Slots};
use super::thread::STACK_SIZE;

/// How many threads may be writing a line of the log at once: 1,024, or as many as end together when a class leaves. The
/// lines of further ones are lost, and counted.
pub const MAX_WRITING: usize = 1024;

/// The way to the log for all threads but hub and writers, which never log.
#[derive(Clone, Debug)]
pub struct Journal {
    places: Slots,
    lost: Arc<AtomicU64>,
}

impl Default for Journal {
    fn default() -> Journal {
        Journal {
            places: Slots::new(MAX_WRITING),
            lost: Arc::default(),
        }
    }
}

impl Journal {
    /// How many threads are writing a line now.
    pub fn writing(&self) -> usize {
        self.places.taken()
    }

    /// Writes a line on this thread, which may wait for the reader of stderr and so must hold nothing that others need.
    pub fn write(&self, level: Level, line: String) {
        if let Some(place) = self.place() {
            self.write_at(&place, level, &line);
        }
    }

    /// Writes a line on a thread of its own, for `accept`, which must not wait. It is lost if there is no thread to be had.
    pub fn write_elsewhere(&self, level: Level, line: String) {
        let Some(place) = self.place() else { return };
        let journal = self.clone();
        let writing = move || journal.write_at(&place, level, &line);
        if thread::Builder::new()
            .name("log".to_owned())
            .stack_size(STACK_SIZE)
            .spawn(writing)
            .is_err()
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn place(&self) -> Option<Slot> {
        let place = self.places.take();
        if place.is_none() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        place
    }

    fn write_at(&self, _place: &Slot, level: Level, line: &str) {
        log!(target: "chat_server", level, "{line}");
        // That line has been read, so this one will be.
        match self.lost.swap(0, Ordering::Relaxed) {
            0 => {}
            lost => {
                log!(target: "chat_server", Level::Warn, "{lost} lines are missing here: stderr was not read")
            }
        }
    }
}
