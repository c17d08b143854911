//! What both threads share for as long as the client runs, over all of its connections: what was typed and is not yet
//! known to be said, and how everybody learns that it is over.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender};
use tungstenite::Message;

use crate::base::deadline::Deadline;
use crate::client::complain::complain;
use crate::client::limits::Limits;
use crate::client::memory::Memory;
use crate::client::session::Session;

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
    /// A receipt is due, or the Pong after the last line, and the server says nothing at all.
    Silence,
    /// The same, but it says other things.
    NoReceipts,
    /// The input has ended, and there is no new connection.
    Away,
    /// The input could not be read.
    Input(io::Error),
}

/// What the threads of the client share.
#[derive(Debug)]
pub struct Talk {
    state: Mutex<State>,
    pub(super) limits: Limits,
    /// Whether a lost connection is made anew.
    pub reconnects: bool,
    /// Why we end it. Set once, and before anybody does something to end it.
    pub(super) leaving: OnceLock<Leaving>,
    /// Gets a word of each frame, for whoever waits for receipts or for room.
    pub(super) heard: Receiver<()>,
    /// Disconnects when the socket thread has ended.
    pub(super) over: Receiver<Infallible>,
    /// Whether the socket thread waits for the server, and not for its output.
    pub(super) is_listening: AtomicBool,
    /// Gets a word when somebody leaves, to wake the socket thread between two connections.
    pub(super) left: (Sender<()>, Receiver<()>),
}

/// What they change. The lock is held for no I/O and no wait.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) memory: Memory,
    /// The connection, if there is one.
    pub(super) session: Option<Arc<Session>>,
    /// Whether it has caught up, so that lines may go.
    pub(super) is_open: bool,
    /// Until when it must have.
    pub(super) must_be_open: Option<Deadline>,
    /// Whether a thread is sending. Only one does at a time, so lines keep their order.
    is_sending: bool,
    /// Whether the Pong to the Ping after the last line has come.
    pub(super) is_receipted: bool,
}

impl Talk {
    /// Nothing is said yet. `heard` and `over` come from the socket thread.
    pub fn new(
        limits: Limits,
        reconnects: bool,
        heard: Receiver<()>,
        over: Receiver<Infallible>,
    ) -> Talk {
        Talk {
            state: Mutex::default(),
            limits,
            reconnects,
            leaving: OnceLock::new(),
            heard,
            over,
            is_listening: AtomicBool::new(false),
            left: crossbeam_channel::bounded(1),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // It is poisoned if its holder panicked. Nothing under it can, and what it guards is whole at every call.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `look` on what is remembered. It must not block.
    pub fn memory<T>(&self, look: impl FnOnce(&mut Memory) -> T) -> T {
        look(&mut self.state().memory)
    }

    /// Why we leave, if we do.
    pub fn leaving(&self) -> Option<&Leaving> {
        self.leaving.get()
    }

    /// Takes a line to be sent, if there is room. A carriage return at its end belongs to no line.
    pub fn keep(&self, line: &str) -> bool {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut state = self.state();
        if state.is_open && !state.memory.ledger.has_room() && state.memory.is_silent_server() {
            // It has never sent a text, so it will not send receipts.
            state.memory.ledger.settle_lines();
        }
        let has_room = state.memory.ledger.has_room();
        if has_room && !line.is_empty() {
            state.memory.ledger.push(line);
        }
        has_room
    }

    /// Sends what waits, unless another thread is doing that. Blocks until the socket has taken it.
    pub fn send(&self) {
        let mut next = self.state().next(None);
        while let Some((session, message)) = next {
            // If it fails, the connection is over, and what becomes of the message is decided on the next one.
            let is_sent = session.send(message).is_ok();
            let mut state = self.state();
            state.is_sending = false;
            if is_sent && state.memory.is_plain_server() {
                state.memory.ledger.settle_lines();
            }
            next = state.next((!is_sent).then_some(&session));
        }
    }

    /// Sends what waits from a thread of its own: the socket thread and the one that draws the screen wait for nobody.
    pub fn send_aside(self: &Arc<Self>) {
        let state = self.state();
        if !state.is_open || state.is_sending || !state.memory.ledger.has_unsent() {
            return;
        }
        drop(state);
        let talk = Arc::clone(self);
        let send = move || talk.send();
        if let Err(error) = thread::Builder::new().name("send".to_owned()).spawn(send) {
            complain(format_args!("cannot start a thread to send: {error}"));
        }
    }
}

impl State {
    /// The next message, and where it goes. Whoever gets one is the one who sends.
    fn next(&mut self, failed: Option<&Arc<Session>>) -> Option<(Arc<Session>, Message)> {
        let session = self.session.as_ref().filter(|_| self.is_open)?;
        if self.is_sending || failed.is_some_and(|failed| Arc::ptr_eq(failed, session)) {
            return None;
        }
        let message = self.memory.ledger.next_unsent()?;
        self.is_sending = true;
        Some((Arc::clone(session), message))
    }
}
