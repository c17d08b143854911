//! What the recipients of one writer share.

use crossbeam_channel::Sender;

use crate::base::semaphore::Semaphore;
use crate::server::delivery::backlog::Backlog;
use crate::server::delivery::close_deadlines::CloseDeadlines;
use crate::server::delivery::messages::WriterMessage;

/// A writer's limits, its own channel, and its close deadlines.
#[derive(Debug)]
pub struct WriterState {
    /// The limit on the blocks that wait for one recipient.
    pub backlog: Backlog,
    /// The permits that all writers share. Each client that is behind holds one, and so does each slow HTTP response.
    pub catch_up_permits: Semaphore,
    /// The writer's own channel, on which catch-up threads report.
    pub inbox: Sender<WriterMessage>,
    /// How many catch-up threads have not reported yet.
    pub behind: usize,
    /// The deadlines by which closing clients must have disconnected.
    pub close_deadlines: CloseDeadlines,
}
