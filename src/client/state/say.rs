//! What the `stdin` thread says, and how long it waits for the server to take it.

use std::io;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::client::end_reason::EndReason;
use crate::client::state::{ClientState, Guarded};

/// The longest time between two checks of a wait's length: 1 s.
const PROGRESS_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// How long the server has owed us something since its last receipt.
#[derive(Debug, Default)]
struct Owed {
    /// For how long it could have sent a receipt.
    overdue: Duration,
    /// For how long there was no connection over which lines could go.
    away: Duration,
    /// How many lines had been acknowledged at the last look.
    acknowledged: u64,
}

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
        let mut guarded = self.lock();
        let mut owed = Owed::default();
        while !guarded.resume.pending.takes_input() {
            guarded = self.wait(guarded, &mut owed)?;
            if owed.overdue >= self.timeouts.overdue {
                drop(guarded);
                self.leave(EndReason::NoReceipts(self.timeouts.overdue));
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        if !line.is_empty() {
            guarded.resume.pending.push(line);
        }
        let is_leaving = guarded.exit_reason.is_some();
        drop(guarded);
        if is_leaving {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.send();
        Ok(())
    }

    /// Waits after the last line until all receipts have come and then for `linger`, and leaves for `why`. After a
    /// while it calls `tell` with a sentence for the user. Only the `stdin` thread may call it.
    ///
    /// Ends with the Pong to our Ping, which a server must send (RFC 6455, 5.5.2), or with the client. Also ends for
    /// the reason that ends [`ClientState::say`], and after [`Timeouts::away`](crate::client::Timeouts::away) without a
    /// connection.
    pub(crate) fn finish(&self, mut why: EndReason, linger: Duration, tell: impl Fn(&str)) {
        self.lock().is_ending = true;
        self.send();
        let begin = Instant::now();
        let mut is_told = false;
        let mut guarded = self.lock();
        let mut owed = Owed::default();
        while !guarded.is_receipted {
            if owed.overdue >= self.timeouts.overdue {
                why = EndReason::NoReceipts(self.timeouts.overdue);
                break;
            }
            if owed.away >= self.timeouts.away {
                why = EndReason::Away(self.timeouts.away);
                break;
            }
            if !is_told && begin.elapsed() > self.timeouts.pong {
                is_told = true;
                drop(guarded);
                tell("all is typed, waiting for the receipts; Ctrl-C leaves at once");
                guarded = self.lock();
            }
            guarded = match self.wait(guarded, &mut owed) {
                Ok(guarded) => guarded,
                Err(_) => return,
            };
        }
        let stays = |guarded: &mut Guarded| !guarded.is_over && guarded.exit_reason.is_none();
        drop(self.changed.wait_timeout_while(guarded, linger, stays));
        self.leave(why);
    }

    /// Waits for a change, but at most until the next check, and adds the time to what is owed.
    ///
    /// # Errors
    /// If the client has ended.
    fn wait<'a>(
        &'a self,
        guarded: MutexGuard<'a, Guarded>,
        owed: &mut Owed,
    ) -> io::Result<MutexGuard<'a, Guarded>> {
        let look = PROGRESS_CHECK_INTERVAL.min(self.timeouts.pong / 4);
        let begin = Instant::now();
        let waited = self.changed.wait_timeout(guarded, look);
        let (guarded, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if guarded.is_over {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        // A process that was stopped meanwhile could not have heard anything all that time.
        let waited = begin.elapsed().min(look);
        let acknowledged = guarded.resume.pending.acknowledged;
        if acknowledged != owed.acknowledged {
            *owed = Owed {
                acknowledged,
                ..Owed::default()
            };
        } else if guarded.connection.open_since.is_none() {
            owed.away += waited;
        } else if guarded.is_listening {
            // Otherwise it waits for the reader of its output, and that is not the server's fault.
            owed.overdue += waited;
        }
        Ok(guarded)
    }
}
