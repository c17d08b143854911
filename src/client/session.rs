//! What the threads of one connection share, and how each of them ends it.

use std::convert::Infallible;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Utf8Bytes;
use tungstenite::protocol::frame::coding::CloseCode;

use super::Limits;
use super::wire::{RETRY, masked};
use super::write_side::WriteSide;
use crate::deadline::Deadline;

/// The payload of the Ping after the last line. Its Pong means that all receipts have come.
pub const END_OF_INPUT: &[u8] = b"end of input";

/// What the threads of one connection share.
#[derive(Debug)]
pub struct Session {
    /// The only way to write to the socket.
    pub write_side: WriteSide,
    stream: Arc<TcpStream>,
    limits: Limits,
    /// Why we end the connection. Set once, and before anybody does something to end it.
    leaving: OnceLock<Leaving>,
    /// How many lines were sent that the server answers with a receipt: all but commands.
    sent: AtomicU64,
    /// Whether the Pong to [`END_OF_INPUT`] has come.
    receipted: AtomicBool,
}

/// Why the client ends the connection by itself.
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
    /// The input could not be read.
    Input(io::Error),
    /// The server took nothing of what we wrote.
    Stalled,
}

impl Session {
    /// The session upon a socket that has been upgraded.
    pub fn new(stream: Arc<TcpStream>, limits: Limits) -> Self {
        Session {
            write_side: WriteSide::new(Arc::clone(&stream)),
            stream,
            limits,
            leaving: OnceLock::new(),
            sent: AtomicU64::new(0),
            receipted: AtomicBool::new(false),
        }
    }

    /// Sends a line. Blocks until the socket has taken it; only the `stdin` thread may call it.
    ///
    /// # Errors
    /// If the connection is over. The socket thread finds out why by itself.
    pub fn say(&self, line: &str) -> io::Result<()> {
        let is_command = line.starts_with('/') && !line.starts_with("//");
        // Counted first: a line that may have been sent is uncertain.
        self.sent
            .fetch_add(u64::from(!is_command), Ordering::Relaxed);
        self.send(Message::text(line))
    }

    fn send(&self, message: Message) -> io::Result<()> {
        let sent = self.write_side.send(masked(message));
        if sent
            .as_ref()
            .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        {
            let _ = self.leaving.set(Leaving::Stalled);
            self.shutdown();
        }
        sent
    }

    /// Waits after the last line until all receipts have come, then leaves for `why`. `heard` gets a word of each
    /// frame.
    ///
    /// Ends with the Pong to our Ping, after [`Limits::receipts`] without a word, or with the connection. (It has no
    /// other limit, because the receipts of much input take long. The server must answer a Ping: RFC 6455, 5.5.2.)
    pub fn finish(&self, mut why: Leaving, heard: &Receiver<()>, over: &Receiver<Infallible>) {
        if self.send(Message::Ping(END_OF_INPUT.into())).is_err() {
            return;
        }
        while !self.is_receipted() {
            match heard.recv_timeout(self.limits.receipts) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => {
                    why = Leaving::NoReceipts;
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        self.leave(why, over);
    }

    /// Says goodbye: Close 1000, then waits for the end of the socket thread, which `over` tells by disconnecting, for
    /// at most [`Limits::goodbye`]. Any thread but the socket's may call it; it never waits for the lock.
    ///
    /// Returns whether the socket thread has ended. If not, its read ends now.
    pub fn leave(&self, why: Leaving, over: &Receiver<Infallible>) -> bool {
        let deadline = Deadline::after(self.limits.goodbye);
        let _ = self.leaving.set(why);
        let mut something_left = self.close(CloseCode::Normal, "");
        while let Some(left) = deadline.remaining() {
            let pause = if something_left {
                left.min(RETRY)
            } else {
                left
            };
            if over.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                return true;
            }
            something_left = self.write_side.sweep();
        }
        self.shutdown();
        false
    }

    /// Leaves a Close to be sent; returns what [`WriteSide::leave`] does.
    pub fn close(&self, code: CloseCode, reason: &'static str) -> bool {
        let reason = Utf8Bytes::from_static(reason);
        let close = CloseFrame { code, reason };
        self.write_side.leave(masked(Message::Close(Some(close))))
    }

    /// Ends the connection both ways. That wakes up whoever is in a read or a write.
    pub fn shutdown(&self) {
        // It fails if the connection is gone, and then there is nobody to wake up.
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Notes that the Pong to [`END_OF_INPUT`] has come.
    pub fn set_receipted(&self) {
        self.receipted.store(true, Ordering::Release);
    }

    /// Whether the Pong to [`END_OF_INPUT`] has come.
    pub fn is_receipted(&self) -> bool {
        self.receipted.load(Ordering::Acquire)
    }

    /// How many lines were sent so far that should get a receipt.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Why we end the connection, if we do.
    pub fn leaving(&self) -> Option<&Leaving> {
        self.leaving.get()
    }

    /// How long each wait may take.
    pub fn limits(&self) -> Limits {
        self.limits
    }
}

/// Ends a running client from another thread, for example from a signal handler's.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) session: Arc<Session>,
    pub(super) over: Receiver<Infallible>,
}

impl Handle {
    /// Says goodbye and waits for [`Client::run`](super::Client::run) to end, for at most [`Limits::goodbye`].
    ///
    /// Returns whether it has ended. If not, the server has not answered, and `run` ends now; unless it is in a write
    /// to an output that takes nothing, from which no other thread can wake it.
    pub fn leave(&self) -> bool {
        self.session.leave(Leaving::Asked, &self.over)
    }
}
