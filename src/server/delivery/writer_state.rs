//! What the recipients of one writer share.

use std::convert::Infallible;

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
    /// How many recipients are behind. Each has a block that its catch-up thread has not reported yet.
    pub behind: usize,
    /// Catch-up threads hold clones of it. When the last clone anywhere is dropped, all threads have ended.
    pub shutdown_guard: Sender<Infallible>,
    /// The deadlines by which closing clients must have disconnected.
    pub close_deadlines: CloseDeadlines,
}
