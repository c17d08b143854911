//! What the `stdin` thread says, and what it waits for with that.

use std::io;
use std::time::Instant;

use crossbeam_channel::RecvTimeoutError;

use super::complain;
use super::talk::{Leaving, Talk};

impl Talk {
    /// Says a line: now, or when there is a connection again. Blocks while too much waits for its receipt, and until
    /// the socket has taken what is to be sent; only the `stdin` thread may call it.
    ///
    /// # Errors
    /// If the client ends, and nothing will be sent any more.
    pub fn say(&self, line: &str) -> io::Result<()> {
        while !self.keep(line) {
            if self.heard.recv().is_err() {
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
    /// Ends with the Pong to our Ping, after [`Limits::receipts`](super::Limits::receipts) without a word from a server
    /// that we are connected to, after [`Limits::away`](super::Limits::away) without a connection, or with the client.
    /// (While the server talks it has no limit, because the receipts of much input take long; but then it is said that
    /// we wait. The server must answer a Ping: RFC 6455, 5.5.2.)
    pub fn finish(&self, mut why: Leaving) {
        self.state().memory.ledger.end();
        self.send();
        let begin = Instant::now();
        let mut heard = begin;
        let mut is_told = false;
        while !self.is_receipted() {
            let limit = match self.is_connected() {
                true => self.limits.receipts,
                false => self.limits.away,
            };
            let left = limit.saturating_sub(heard.elapsed());
            match self.heard.recv_timeout(left.min(self.limits.receipts)) {
                Ok(()) => heard = Instant::now(),
                Err(RecvTimeoutError::Timeout) if heard.elapsed() >= limit => {
                    why = match self.is_connected() {
                        true => Leaving::NoReceipts,
                        false => Leaving::Away,
                    };
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
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
}
