//! How the client leaves by itself.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::RecvTimeoutError;
use tungstenite::protocol::frame::coding::CloseCode;

use super::complain;
use super::talk::Talk;
use super::wire::RETRY;
use crate::deadline::Deadline;

/// Why the client leaves by itself.
#[derive(Debug)]
pub enum Leaving {
    /// Somebody asked it to, for example with Ctrl-C.
    Asked,
    /// The input has ended, and everything that the server has to say to it has come.
    EndOfInput {
        /// How many lines of it could not be sent.
        skipped: u64,
    },
    /// The input has ended, but nothing more came from the server, and not the Pong.
    NoReceipts,
    /// The input has ended, and there is no new connection.
    Away,
    /// The input could not be read.
    Input(io::Error),
}

impl Talk {
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

    /// Says goodbye: Close 1000, then waits for the end of the socket thread for at most
    /// [`Limits::goodbye`](super::Limits::goodbye). Any thread but the socket's may call it; it never waits for the
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

    /// Why we leave, if we do.
    pub fn leaving(&self) -> Option<&Leaving> {
        self.leaving.get()
    }
}

/// Ends a running client from another thread, for example from a signal handler's.
#[derive(Clone, Debug)]
pub struct Handle(pub(super) Arc<Talk>);

impl Handle {
    /// Says goodbye and waits for [`Client::run`](super::Client::run) to end, for at most
    /// [`Limits::goodbye`](super::Limits::goodbye).
    ///
    /// Returns whether it has ended. If not, the server has not answered, and `run` ends now; unless it is in a write
    /// to an output that takes nothing, or is connecting again, from which no other thread can wake it.
    pub fn leave(&self) -> bool {
        self.0.leave(Leaving::Asked)
    }
}
