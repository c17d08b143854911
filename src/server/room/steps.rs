//! What the room's work costs, in steps.

use crate::server::room::Room;
use crate::server::room::commands::{MAX_COMMANDS, MAX_NAMES};

/// The maximum number of steps that a message takes beyond its lines and chunks: 16 commands that list 100 names each.
pub const MAX_STEPS: u64 = (MAX_COMMANDS * MAX_NAMES) as u64;

impl Room {
    /// Returns how many steps the room has taken so far.
    ///
    /// A line, a command, a join and a leave take one each. So do a lookup of a name, a name in an answer, and a chunk
    /// of lines in a greeting or a fetch.
    ///
    /// A message takes at most one step per line (up to [`MAX_LINES`](crate::base::line::MAX_LINES)), [`MAX_STEPS`]
    /// more, and one for each 128 kept lines or 16 KiB of them. A property test checks this.
    pub fn steps(&self) -> u64 {
        self.steps + self.names.lookups()
    }
}
