//! What the room's work costs, in steps.

use crate::server::room::Room;
use crate::server::room::commands::{MAX_COMMANDS, MAX_NAMES};

/// A message's maximum number of steps, not counting its lines and chunks: 16 commands that list 100 names each.
pub const MAX_STEPS: u64 = (MAX_COMMANDS * MAX_NAMES) as u64;

impl Room {
    /// Returns how many steps the room has taken so far.
    ///
    /// Each line, join, leave and fetch takes one step. So does each lookup in a search for a free name, each name that
    /// `/who` lists, and each chunk in a greeting or a fetch.
    ///
    /// A message takes at most one step per line (up to [`MAX_LINES`](crate::base::line::MAX_LINES)), plus
    /// [`MAX_STEPS`], plus one per chunk that it reads. It reads at most one chunk per 128 lines of history, plus one
    /// per 16 KiB, plus two. A property test checks this.
    pub fn steps(&self) -> u64 {
        self.steps + self.names.lookups()
    }
}
