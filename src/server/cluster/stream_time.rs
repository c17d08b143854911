//! The clock of the room, which is the same on all servers.

use crate::server::cluster::entry_id::EntryId;

/// The maximum step of the clock from one entry to the next: 6,000 ms.
///
/// Each server writes at least every 5 s. A longer pause between two entries means that no server could reach Redis.
/// Such a pause counts as only 6 s of silence, so it alone drops no server.
const MAX_STEP: u64 = 6000;

/// A clock that advances only when an entry is applied.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StreamTime {
    /// The latest time of any entry, in milliseconds since 1970 on the clock of Redis.
    pub redis: u64,
    /// How far this clock has advanced since it started, in milliseconds.
    pub elapsed: u64,
}

impl StreamTime {
    /// Makes a clock that starts at the first entry.
    pub fn new(first: EntryId) -> StreamTime {
        StreamTime {
            redis: first.milliseconds,
            elapsed: 0,
        }
    }

    /// Advances the clock to the time of an entry, by at most `MAX_STEP`.
    pub fn advance(&mut self, id: EntryId) {
        let step = id.milliseconds.saturating_sub(self.redis).min(MAX_STEP);
        self.elapsed = self.elapsed.saturating_add(step);
        self.redis = self.redis.max(id.milliseconds);
    }
}
