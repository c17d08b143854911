//! What the `stdin` thread says, and how long it waits for the server with that.

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;

use crate::client::complain::complain;
use crate::client::talk::{Leaving, Talk};

/// How often a wait for the server looks how long it has lasted, at most.
const LOOK: Duration = Duration::from_secs(1);

/// How long the server has owed us something, all of it since its last receipt.
#[derive(Debug, Default)]
struct Owed {
    /// For how long it has not said a word.
    silent: Duration,
    /// For how long it could have sent a receipt.
    overdue: Duration,
    /// For how long there was no connection over which lines could go.
    away: Duration,
    /// How much had its receipt at the last look.
    settled: u64,
}

impl Talk {
    /// Says a line: now, or when there is a connection again. Blocks while too much waits for its receipt, and until
    /// the socket has taken what is to be sent; only the `stdin` thread may call it.
    ///
    /// If a server that takes our lines sends no receipt for [`Limits::receipts`](crate::client::Limits::receipts), in which it
    /// says nothing at all, or for [`Limits::overdue`](crate::client::Limits::overdue), this ends the client: else it would wait
    /// for ever for a server that never sends any. While the client connects again it waits for as long as that takes.
    ///
    /// # Errors
    /// If the client ends, and nothing will be sent any more.
    pub fn say(&self, line: &str) -> io::Result<()> {
        let mut owed = self.owed();
        while !self.keep(line) {
            self.wait(&mut owed)?;
            // Without a connection it waits until there is one.
            let too_long = self.too_long(&owed);
            if let Some(why) = too_long.filter(|why| !matches!(why, Leaving::Away)) {
                self.leave(why);
                return Err(io::ErrorKind::BrokenPipe.into());
            }
        }
        self.send();
        if self.leaving().is_some() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }

    /// Waits after the last line until all receipts have come, then leaves for `why`. Only the `stdin` thread may call
    /// it.
    ///
    /// Ends with the Pong to our Ping (which a server must send: RFC 6455, 5.5.2), with the client, or for the reasons
    /// that end [`Talk::say`]; and after [`Limits::away`](crate::client::Limits::away) without a connection.
    pub fn finish(&self, mut why: Leaving) {
        self.state().memory.ledger.end();
        self.send();
        let begin = Instant::now();
        let mut owed = self.owed();
        let mut is_told = false;
        while !self.is_receipted() {
            if self.wait(&mut owed).is_err() {
                return;
            }
            if let Some(too_long) = self.too_long(&owed) {
                why = too_long;
                break;
            }
            if !is_told && begin.elapsed() > self.limits.receipts && !self.is_receipted() {
                is_told = true;
                complain(format_args!(
                    "all is typed, waiting for the receipts; Ctrl-C leaves at once"
                ));
            }
        }
        self.leave(why);
    }

    fn owed(&self) -> Owed {
        let settled = self.memory(|memory| memory.ledger.settled());
        Owed {
            settled,
            ..Owed::default()
        }
    }

    /// Waits for a word from the server, but not longer than for the next look, and adds the time to what is owed.
    ///
    /// # Errors
    /// If the client has ended.
    fn wait(&self, owed: &mut Owed) -> io::Result<()> {
        let look = LOOK.min(self.limits.receipts / 4);
        let begin = Instant::now();
        let has_spoken = match self.heard.recv_timeout(look) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        // A process that was stopped meanwhile could not have heard anything all that time.
        let waited = begin.elapsed().min(look);
        let now = self.owed();
        if now.settled != owed.settled {
            *owed = now;
        } else if !self.state().is_open {
            owed.silent = Duration::ZERO;
            owed.away += waited;
        } else if self.is_listening() {
            // Else it waits for whoever reads its output, and that is not the server's fault.
            owed.overdue += waited;
            owed.silent = if has_spoken {
                Duration::ZERO
            } else {
                owed.silent + waited
            };
        }
        Ok(())
    }

    /// Why to wait no longer.
    fn too_long(&self, owed: &Owed) -> Option<Leaving> {
        if owed.silent >= self.limits.receipts {
            Some(Leaving::Silence)
        } else if owed.overdue >= self.limits.overdue {
            Some(Leaving::NoReceipts)
        } else if owed.away >= self.limits.away {
            Some(Leaving::Away)
        } else {
            None
        }
    }
}
