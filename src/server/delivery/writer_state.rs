//! What the recipients of one writer share.

use crossbeam_channel::Sender;

use crate::base::semaphore::Semaphore;
use crate::server::delivery::backlog::Backlog;
use crate::server::delivery::close_deadlines::CloseDeadlines;
use crate::server::delivery::messages::WriterMessage;

/// The limits, the writer's own channel, and the close deadlines.
#[derive(Debug)]
pub struct WriterState {
    /// How much may wait for one recipient.
    pub backlog: Backlog,
    /// How many recipients of all writers may be behind.
    pub permits: Semaphore,
    /// Where catch-up threads report.
    pub inbox: Sender<WriterMessage>,
    /// How many catch-up threads have not reported yet.
    pub behind: usize,
    /// The deadlines by which closing clients must be gone.
    pub close_deadlines: CloseDeadlines,
}
