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
    /// How many peers of the whole server may be behind. Slow HTTP responses need a permit too.
    pub permits: Semaphore,
    /// Where catch-up threads report.
    pub inbox: Sender<WriterMessage>,
    /// How many catch-up threads have not reported yet.
    pub behind: usize,
    /// The deadlines by which closing clients must have disconnected.
    pub close_deadlines: CloseDeadlines,
}
