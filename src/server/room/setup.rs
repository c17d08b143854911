//! How a room is created or restored.

pub mod state;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::server::room::Room;
use crate::server::room::free_name::NameTable;
use crate::server::room::history::History;
use crate::server::room::notice_limiter::NoticeLimiter;

impl Room {
    /// Makes an empty room that keeps at most `kept_lines` lines. The id shows which room line numbers belong to.
    pub fn new(id: Arc<str>, kept_lines: usize) -> Room {
        Room {
            id,
            members: BTreeMap::new(),
            names: NameTable::default(),
            history: History::new(kept_lines),
            notices: NoticeLimiter::default(),
            steps: 0,
        }
    }

    /// Restores the last lines of an earlier run. `first` is the number of the oldest line. The next new line continues
    /// the numbering of these lines.
    pub(crate) fn with_history(mut self, first: u64, lines: &[String]) -> Room {
        self.history.restore(first, lines);
        self
    }
}
