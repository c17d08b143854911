//! What a recipient has while it is behind.

use crossbeam_channel::{Sender, bounded};

use crate::base::id::ClientId;
use crate::base::semaphore::Permit;
use crate::server::delivery::catch_up;
use crate::server::delivery::messages::CatchUpJob;
use crate::server::delivery::queue::Queue;
use crate::server::delivery::writer_state::WriterState;

/// A queue and a catch-up thread. When this is dropped, the thread ends.
#[derive(Debug)]
pub(super) struct Behind {
    pub(super) queue: Queue,
    /// The channel to the catch-up thread. A job contains the only write half, so at most one job is in the channel.
    pub(super) jobs: Sender<CatchUpJob>,
    /// The writer frees the permit itself, before the client can fall behind again. The thread would free it too late.
    _permit: Permit,
}

impl Behind {
    /// Starts a catch-up thread. Returns `None` if too many clients are behind, or if the system has no thread left.
    pub(super) fn start(client: ClientId, state: &WriterState) -> Option<Box<Behind>> {
        let permit = state.catch_up_permits.try_acquire()?;
        let (jobs, receiver) = bounded(1);
        catch_up::spawn(client, receiver, state).ok()?;
        Some(Box::new(Behind {
            queue: Queue::new(state.backlog),
            jobs,
            _permit: permit,
        }))
    }
}
