//! How the client leaves by itself.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tungstenite::protocol::frame::coding::CloseCode;

use crate::base::deadline::Deadline;
use crate::client::connect::client_stream::WRITE_RETRY_INTERVAL;
use crate::client::connect::session::Session;
use crate::client::end_reason::EndReason;
use crate::client::state::{ClientState, Guarded};

impl ClientState {
    /// Says goodbye: Close 1000, then waits for the end of the socket thread for at most
    /// [`Timeouts::goodbye`](crate::client::Timeouts::goodbye). Any thread but the socket's may call it; it never waits
    /// for the lock of the write side.
    ///
    /// Returns whether the socket thread has ended. If not, the server has not answered, and the read ends now. But no
    /// other thread can end a write to an output that takes nothing, or an attempt to connect.
    pub fn leave(&self, why: EndReason) -> bool {
        let deadline = Deadline::after(self.timeouts.goodbye);
        let mut guarded = self.lock();
        guarded.exit_reason.get_or_insert(why);
        let session = guarded.connection.session.clone();
        drop(guarded);
        self.changed.notify_all();
        let close = |session: &Arc<Session>| session.close(CloseCode::Normal);
        let mut something_left = session.as_ref().is_some_and(close);
        while let Some(left) = deadline.remaining() {
            let retry = something_left.then_some(WRITE_RETRY_INTERVAL);
            if self.wait_while(retry.unwrap_or(left).min(left), |guarded| !guarded.is_over) {
                return true;
            }
            let session = session.as_ref();
            something_left = session.is_some_and(|session| session.write_side.sweep());
        }
        if let Some(session) = &session {
            session.shutdown();
        }
        false
    }

    /// Waits before the next attempt to connect. Returns `false` if the client leaves meanwhile.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        !self.wait_while(pause, |guarded| guarded.exit_reason.is_none())
    }

    /// Whether the client is leaving.
    pub(crate) fn is_leaving(&self) -> bool {
        self.lock().exit_reason.is_some()
    }

    /// Takes the reason why the client leaves, if it does. Only the socket thread may call it, at its end.
    pub(crate) fn take_exit_reason(&self) -> Option<EndReason> {
        self.lock().exit_reason.take()
    }

    /// Waits while `is_so` holds, for at most `limit`. Returns whether it no longer holds.
    fn wait_while(&self, limit: Duration, is_so: impl Fn(&Guarded) -> bool) -> bool {
        let still = |guarded: &mut Guarded| is_so(guarded);
        let waited = self.changed.wait_timeout_while(self.lock(), limit, still);
        let (guarded, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !is_so(&guarded)
    }
}
