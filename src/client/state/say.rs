//! What the `stdin` thread says, and how long it waits for the server to take it.

use std::io;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::client::end_reason::EndReason;
use crate::client::state::{ClientState, Guarded};

/// The longest time between two checks of a wait's length: 1 s.
const PROGRESS_CHECK_INTERVAL: Duration = Duration::from_secs(1);

impl ClientState {
    /// Says a line: now, or when there is a connection again. Blocks while too many lines are in flight, and until the
    /// socket has taken the line. Only the `stdin` thread of a pipe may call it.
    ///
    /// If the server takes our lines but sends no receipt for [`Timeouts::overdue`](crate::client::Timeouts::overdue),
    /// this ends the client. Some servers never send one. While the client connects again, this waits for as long as
    /// that takes.
    ///
    /// # Errors
    /// If the client ends, and nothing will be sent any more.
    pub fn say(&self, line: &str) -> io::Result<()> {
        match self.wait_until(
            |guarded| guarded.resume.pending.takes_input(),
            Duration::MAX,
        ) {
            Ok(mut guarded) => {
                if !line.is_empty() {
                    guarded.resume.pending.push(line);
                }
                if guarded.exit_reason.is_none() {
                    drop(guarded);
                    self.send();
                    return Ok(());
                }
            }
            Err(Some(why)) => _ = self.leave(why),
            Err(None) => {}
        }
        Err(io::ErrorKind::BrokenPipe.into())
    }

    /// Waits after the last line until all receipts have come and then for `linger`, and leaves for `why`. Only the
    /// `stdin` thread may call it.
    ///
    /// Ends with the Pong to our Ping, which a server must send (RFC 6455, 5.5.2), or with the client. Also ends for
    /// the reason that ends [`ClientState::say`], and after [`Timeouts::away`](crate::client::Timeouts::away) without a
    /// connection.
    pub(crate) fn finish(&self, why: EndReason, linger: Duration) {
        self.lock().is_ending = true;
        self.send();
        match self.wait_until(|guarded| guarded.is_receipted, self.timeouts.away) {
            Ok(guarded) => {
                let stays =
                    |guarded: &mut Guarded| !guarded.is_over && guarded.exit_reason.is_none();
                drop(self.changed.wait_timeout_while(guarded, linger, stays));
                self.leave(why);
            }
            Err(Some(why)) => _ = self.leave(why),
            Err(None) => {}
        }
    }

    /// Waits until `is_so` holds. The error is the reason to give up, or `None` if the client has ended: the server has
    /// sent no receipt for [`Timeouts::overdue`](crate::client::Timeouts::overdue), or there was no connection for
    /// `away`. Each receipt begins both times anew.
    fn wait_until(
        &self,
        is_so: impl Fn(&Guarded) -> bool,
        away: Duration,
    ) -> Result<MutexGuard<'_, Guarded>, Option<EndReason>> {
        let look = PROGRESS_CHECK_INTERVAL.min(self.timeouts.pong / 4);
        let (mut overdue_for, mut away_for, mut acknowledged) = (Duration::ZERO, Duration::ZERO, 0);
        let mut guarded = self.lock();
        while !is_so(&guarded) {
            let begin = Instant::now();
            let waited = self.changed.wait_timeout(guarded, look);
            (guarded, _) = waited.unwrap_or_else(PoisonError::into_inner);
            // A process that was stopped meanwhile could not have heard anything all that time.
            let waited = begin.elapsed().min(look);
            if guarded.is_over {
                return Err(None);
            } else if guarded.resume.pending.acknowledged != acknowledged {
                acknowledged = guarded.resume.pending.acknowledged;
                (overdue_for, away_for) = (Duration::ZERO, Duration::ZERO);
            } else if guarded.connection.open_since.is_none() {
                away_for += waited;
            } else if guarded.is_listening {
                // Otherwise it waits for the reader of its output, and that is not the server's fault.
                overdue_for += waited;
            }
            if overdue_for >= self.timeouts.overdue {
                return Err(Some(EndReason::NoReceipts(self.timeouts.overdue)));
            }
            if away_for >= away {
                return Err(Some(EndReason::Away(away)));
            }
        }
        Ok(guarded)
    }
}
