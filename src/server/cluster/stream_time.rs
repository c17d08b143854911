//! The clock of the room, which all servers read alike.

use crate::server::cluster::entry_id::EntryId;

/// The most that the clock moves from one entry to the next: 6 s.
///
/// Each server writes at least every 5 s. So there is a longer pause only if Redis was away for all, and then no server is to
/// blame for its silence.
const MAX_STEP: u64 = 6000;

/// A clock that only entries move.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StreamTime {
    /// The time of the last entry by the clock of Redis, in milliseconds since 1970.
    pub redis: u64,
    /// How far this clock has moved, in milliseconds.
    pub elapsed: u64,
}

impl StreamTime {
    /// Begins with the first entry.
    pub fn new(first: EntryId) -> StreamTime {
        StreamTime {
            redis: first.milliseconds,
            elapsed: 0,
        }
    }

    /// Moves the clock to an entry.
    pub fn advance(&mut self, id: EntryId) {
        let step = id.milliseconds.saturating_sub(self.redis).min(MAX_STEP);
        self.elapsed = self.elapsed.saturating_add(step);
        self.redis = self.redis.max(id.milliseconds);
    }
}
