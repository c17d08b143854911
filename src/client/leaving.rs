//! How the client leaves by itself.

use std::sync::Arc;

use crossbeam_channel::RecvTimeoutError;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::base::deadline::Deadline;
use crate::client::talk::{Leaving, Talk};
use crate::client::wire::RETRY;

impl Talk {
    /// Says goodbye: Close 1000, then waits for the end of the socket thread for at most
    /// [`Limits::goodbye`](crate::client::Limits::goodbye). Any thread but the socket's may call it; it never waits for the
    /// lock of the write side.
    ///
    /// Returns whether the socket thread has ended. If not, its read ends now.
    pub fn leave(&self, why: Leaving) -> bool {
        let deadline = Deadline::after(self.limits.goodbye);
        let _ = self.leaving.set(why);
        // If it is full, the word is there already.
        let _ = self.left.0.try_send(());
        let session = self.state().session.clone();
        let mut something_left = session
            .as_ref()
            .is_some_and(|session| session.close(CloseCode::Normal, ""));
        while let Some(left) = deadline.remaining() {
            let pause = match something_left {
                true => left.min(RETRY),
                false => left,
            };
            if self.over.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return true;
            }
            something_left = session
                .as_ref()
                .is_some_and(|session| session.write_side.sweep());
        }
        if let Some(session) = &session {
            session.shutdown();
        }
        false
    }
}

/// Ends a running client from another thread, for example from a signal handler's.
#[derive(Clone, Debug)]
pub struct Handle(pub(super) Arc<Talk>);

impl Handle {
    /// Says goodbye and waits for [`Client::run`](crate::client::Client::run) to end, for at most
    /// [`Limits::goodbye`](crate::client::Limits::goodbye).
    ///
    /// Returns whether it has ended. If not, the server has not answered, and `run` ends now; unless it is in a write
    /// to an output that takes nothing, or is connecting again, from which no other thread can wake it.
    pub fn leave(&self) -> bool {
        self.0.leave(Leaving::Asked)
    }
}
