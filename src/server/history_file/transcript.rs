//! Appends groups of lines to a file on the disk, each group completely or not at all.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crate::server::history_file::storage::Storage;
use crate::server::observe::history_counters::HistoryCounters;

/// How much a file must grow after a failed rotation before the next attempt: 1 MiB.
const RETRY_GROWTH: u64 = 1024 * 1024;

/// A file of lines, and the length up to which it is on the disk.
#[derive(Debug)]
pub struct Transcript<S> {
    storage: S,
    /// How many bytes of the file are certainly on the disk. They end with a complete line.
    length: u64,
    /// Whether the file may be longer than `length`, because a write or a sync failed.
    has_uncommitted_bytes: bool,
    /// The configured length, in bytes, at which the file rotates. `rotate_at` may be higher.
    limit: u64,
    rotate_at: u64,
    counters: Arc<HistoryCounters>,
}

impl<S: Storage> Transcript<S> {
    /// Creates a transcript from a file whose `length` bytes are all on the disk. The file rotates at `limit` bytes.
    pub fn new(
        storage: S,
        length: u64,
        limit: u64,
        counters: Arc<HistoryCounters>,
    ) -> Transcript<S> {
        Transcript {
            storage,
            length,
            has_uncommitted_bytes: false,
            limit,
            rotate_at: limit,
            counters,
        }
    }

    /// Appends lines, each with its newline, and waits until they are on the disk.
    ///
    /// After an error, none of the lines counts as stored. What was written is cut off, and the caller must pass the
    /// lines again. A failed sync is never just repeated. The kernel may have dropped the bytes that it could not
    /// write, so a second sync could succeed without them. PostgreSQL's developers found this out in 2018.
    ///
    /// # Errors
    /// Fails with a message for the user if a system call fails, or if another program has removed, replaced or changed
    /// the file.
    pub fn commit(&mut self, lines: &[u8]) -> io::Result<()> {
        self.truncate_uncommitted()?;
        // If the file was removed, or if lines in it are gone, an appended line would not be safe.
        self.storage.check(self.length)?;
        self.has_uncommitted_bytes = true;
        let stored = self.append_and_sync(lines);
        match stored {
            Ok(()) => {
                self.length += lines.len() as u64;
                self.has_uncommitted_bytes = false;
            }
            // If the truncation fails, too, the next commit tries it again.
            Err(_) => _ = self.truncate_uncommitted(),
        }
        stored
    }

    fn append_and_sync(&mut self, lines: &[u8]) -> io::Result<()> {
        self.storage.append(lines)?;
        let start = Instant::now();
        self.storage.sync()?;
        self.counters.count_sync(lines.len(), start.elapsed());
        Ok(())
    }

    /// Cuts off the bytes that a failed commit has left after the stored lines, if there are any.
    fn truncate_uncommitted(&mut self) -> io::Result<()> {
        if self.has_uncommitted_bytes {
            self.storage.truncate(self.length)?;
            self.has_uncommitted_bytes = false;
        }
        Ok(())
    }

    /// Rotates the file if it has reached its limit.
    ///
    /// # Errors
    /// Fails if [`Storage::rotate`] fails. The old file then stays in use, and grows beyond its limit.
    pub fn rotate_if_due(&mut self) -> io::Result<()> {
        if self.length < self.rotate_at || self.has_uncommitted_bytes {
            return Ok(());
        }
        // If this check fails, the lines for the new file may be gone. The next commit then fails, too, and says why.
        if self.storage.check(self.length).is_err() {
            return Ok(());
        }
        self.rotate_at = self.length.saturating_add(RETRY_GROWTH);
        self.length = self.storage.rotate()?;
        // One kept line may exceed the limit, so the file must grow by at least half the limit before it rotates again.
        self.rotate_at = self.limit.max(self.length.saturating_add(self.limit / 2));
        Ok(())
    }
}
