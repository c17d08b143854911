//! What both threads share for as long as the client runs, over all of its connections: what was typed and is not yet
//! known to be said, and how everybody learns that it is over.

pub mod exit_reason;
mod hear;
pub mod leave;
mod say;

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender};
use tungstenite::Message;

use crate::client::connect::session::Session;
use crate::client::output::warn::warn;
use crate::client::resume::ResumeState;
use crate::client::timeouts::Timeouts;
use crate::deadline::Deadline;
use exit_reason::ExitReason;

/// What the threads of the client share.
#[derive(Debug)]
pub struct ClientState {
    state: Mutex<Guarded>,
    pub(super) timeouts: Timeouts,
    /// Whether a lost connection is made anew.
    pub reconnects: bool,
    /// Why we end it. Set once, and before anybody does something to end it.
    pub(super) exit_reason: OnceLock<ExitReason>,
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
pub(super) struct Guarded {
    pub(super) resume: ResumeState,
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

impl ClientState {
    /// Nothing is said yet. `heard` and `over` come from the socket thread.
    pub fn new(
        timeouts: Timeouts,
        reconnects: bool,
        heard: Receiver<()>,
        over: Receiver<Infallible>,
    ) -> ClientState {
        ClientState {
            state: Mutex::default(),
            timeouts,
            reconnects,
            exit_reason: OnceLock::new(),
            heard,
            over,
            is_listening: AtomicBool::new(false),
            left: crossbeam_channel::bounded(1),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Guarded> {
        // It is poisoned if its holder panicked. Nothing under it can, and what it guards is whole at every call.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `look` on what is remembered. It must not block.
    pub fn resume<T>(&self, look: impl FnOnce(&mut ResumeState) -> T) -> T {
        look(&mut self.lock().resume)
    }

    /// Why we leave, if we do.
    pub fn exit_reason(&self) -> Option<&ExitReason> {
        self.exit_reason.get()
    }

    /// Takes a line to be sent, if there is room. A carriage return at its end belongs to no line.
    pub fn keep(&self, line: &str) -> bool {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut state = self.lock();
        if state.is_open && !state.resume.pending.has_room() && state.resume.is_silent_server() {
            // It has never sent a text, so it will not send receipts.
            state.resume.pending.acknowledge_lines();
        }
        let has_room = state.resume.pending.has_room();
        if has_room && !line.is_empty() {
            state.resume.pending.push(line);
        }
        has_room
    }

    /// Sends what waits, unless another thread is doing that. Blocks until the socket has taken it.
    pub fn send(&self) {
        let mut next = self.lock().next(None);
        while let Some((session, message)) = next {
            // If it fails, the connection is over, and what becomes of the message is decided on the next one.
            let is_sent = session.send(message).is_ok();
            let mut state = self.lock();
            state.is_sending = false;
            if is_sent && state.resume.is_plain_server() {
                state.resume.pending.acknowledge_lines();
            }
            next = state.next((!is_sent).then_some(&session));
        }
    }

    /// Sends what waits from a thread of its own: the socket thread and the one that draws the screen wait for nobody.
    pub fn send_aside(self: &Arc<Self>) {
        let state = self.lock();
        if !state.is_open || state.is_sending || !state.resume.pending.has_unsent() {
            return;
        }
        drop(state);
        let state = Arc::clone(self);
        let send = move || state.send();
        if let Err(error) = thread::Builder::new().name("send".to_owned()).spawn(send) {
            warn(format_args!("cannot start a thread to send: {error}"));
        }
    }
}

impl Guarded {
    /// The next message, and where it goes. Whoever gets one is the one who sends.
    fn next(&mut self, failed: Option<&Arc<Session>>) -> Option<(Arc<Session>, Message)> {
        let session = self.session.as_ref().filter(|_| self.is_open)?;
        if self.is_sending || failed.is_some_and(|failed| Arc::ptr_eq(failed, session)) {
            return None;
        }
        let message = self.resume.pending.next_unsent()?;
        self.is_sending = true;
        Some((Arc::clone(session), message))
    }
}
