//! How the `stdin` thread sends lines, how long it waits for the server, and how the client leaves.

use std::io;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tungstenite::protocol::frame::coding::CloseCode;

use crate::base::deadline::Deadline;
use crate::client::connect::client_stream::WRITE_RETRY_INTERVAL;
use crate::client::end_reason::EndReason;
use crate::client::state::{ClientState, Inner};

/// The longest interval at which a waiting thread checks whether it has waited too long: 1 s.
const PROGRESS_CHECK_INTERVAL: Duration = Duration::from_secs(1);

impl ClientState {
    /// Sends a line, now or after a reconnect. Blocks while too many lines are pending, and while this thread writes to
    /// the socket. Only the `stdin` thread may call it, and only without a line editor.
    ///
    /// If no receipt arrives within [`Timeouts::receipt`](crate::client::Timeouts::receipt), a blocked call ends the client, because the
    /// receipt may never come. While the connection is lost, the wait has no limit. Fails if the client ends.
    pub fn say(&self, line: &str) -> io::Result<()> {
        let takes_input = |inner: &Inner| inner.resume.pending.takes_input();
        match self.wait_until(takes_input, Duration::MAX) {
            Ok(mut inner) => {
                if !line.is_empty() {
                    inner.resume.pending.push(line);
                }
                if inner.exit_reason.is_none() {
                    drop(inner);
                    self.send();
                    return Ok(());
                }
            }
            Err(Some(why)) => _ = self.leave(why),
            Err(None) => {}
        }
        Err(io::ErrorKind::BrokenPipe.into())
    }

    /// Sends a Ping after the last line, and waits for its Pong, which follows all receipts. Stays for `linger`, then leaves
    /// with the reason `why`. Only the `stdin` thread may call it. A server must answer our Ping (RFC 6455, 5.5.2).
    /// [`ClientState::wait_until`] says when this function gives up.
    pub(crate) fn finish(&self, why: EndReason, linger: Duration) {
        self.lock().input_ended = true;
        self.send();
        let why = match self.wait_until(|inner| inner.has_final_pong, self.timeouts.reconnect) {
            Ok(inner) => {
                drop(inner);
                let stays = |inner: &Inner| !inner.is_over && inner.exit_reason.is_none();
                self.wait_while(linger, stays);
                why
            }
            Err(Some(why)) => why,
            Err(None) => return,
        };
        self.leave(why);
    }

    /// Waits until `condition` returns `true`. Gives up if no line is acknowledged for
    /// [`Timeouts::receipt`](crate::client::Timeouts::receipt), or after `reconnect_limit` without a connection. Each
    /// acknowledged line restarts both limits. The error is the reason to give up, or `None` if the client has ended.
    fn wait_until(
        &self,
        condition: impl Fn(&Inner) -> bool,
        reconnect_limit: Duration,
    ) -> Result<MutexGuard<'_, Inner>, Option<EndReason>> {
        let interval = PROGRESS_CHECK_INTERVAL.min(self.timeouts.pong / 4);
        let (mut stalled_for, mut lost_for, mut acknowledged) = (Duration::ZERO, Duration::ZERO, 0);
        let mut inner = self.lock();
        while !condition(&inner) {
            let begin = Instant::now();
            let waited = self.changed.wait_timeout(inner, interval);
            (inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
            // Time during which the process was stopped does not count, because the process could receive nothing.
            let waited = begin.elapsed().min(interval);
            if inner.is_over {
                return Err(None);
            } else if inner.resume.pending.acknowledged != acknowledged {
                acknowledged = inner.resume.pending.acknowledged;
                (stalled_for, lost_for) = (Duration::ZERO, Duration::ZERO);
            } else if inner.connection.open_since.is_none() {
                lost_for += waited;
            } else if inner.is_reading_socket {
                // Otherwise the socket thread is waiting for its output, and the server is not to blame.
                stalled_for += waited;
            }
            if stalled_for >= self.timeouts.receipt {
                let why = match inner.resume.pending.uncertain() {
                    0 => EndReason::FinalPongTimeout,
                    _ => EndReason::ReceiptTimeout,
                };
                return Err(Some(why(self.timeouts.receipt)));
            }
            if lost_for >= reconnect_limit {
                return Err(Some(EndReason::ReconnectTimeout(reconnect_limit)));
            }
        }
        Ok(inner)
    }

    /// Sends Close 1000, then waits until the socket thread has ended the connection, for at most
    /// [`Timeouts::close`](crate::client::Timeouts::close). Any thread except the socket thread may call it. Never
    /// waits for the lock of the write side.
    ///
    /// Returns whether the socket thread has ended the connection. If not, this function has shut down the socket, if any. The
    /// shutdown ends a read, but not an attempt to connect or a write to an output that nothing reads.
    pub fn leave(&self, why: EndReason) -> bool {
        let deadline = Deadline::after(self.timeouts.close);
        let mut inner = self.lock();
        inner.exit_reason.get_or_insert(why);
        let session = inner.connection.session.clone();
        drop(inner);
        self.changed.notify_all();
        let Some(session) = session else {
            return self.wait_while(self.timeouts.close, |inner| !inner.is_over);
        };
        let mut something_left = session.close(CloseCode::Normal);
        while let Some(left) = deadline.remaining() {
            let retry = something_left.then_some(WRITE_RETRY_INTERVAL);
            if self.wait_while(retry.unwrap_or(left).min(left), |inner| !inner.is_over) {
                return true;
            }
            something_left = session.write_side.try_flush();
        }
        session.shutdown();
        false
    }

    /// Waits for the duration `pause`. Returns `false` if the client leaves in the meantime.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        !self.wait_while(pause, |inner| inner.exit_reason.is_none())
    }

    /// Returns whether the client is leaving.
    pub(crate) fn is_leaving(&self) -> bool {
        self.lock().exit_reason.is_some()
    }

    /// Takes the client's own reason to leave, if any. Only the socket thread may call it, after a connection ended.
    pub(crate) fn take_exit_reason(&self) -> Option<EndReason> {
        self.lock().exit_reason.take()
    }

    /// Waits while `condition` returns `true`, for at most `limit`. Returns whether `condition` now returns `false`.
    fn wait_while(&self, limit: Duration, condition: impl Fn(&Inner) -> bool) -> bool {
        let still = |inner: &mut Inner| condition(inner);
        let waited = self.changed.wait_timeout_while(self.lock(), limit, still);
        let (inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !condition(&inner)
    }
}
