//! What the threads share over all connections of the client: the pending lines, and why the client ends.

pub mod hear;
pub mod say;

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use tungstenite::Message;

use crate::client::connect::session::Session;
use crate::client::end_reason::EndReason;
use crate::client::resume::ResumeState;
use crate::client::resume::replay::ServerKind;
use crate::client::timeouts::Timeouts;

/// What the threads of the client share.
#[derive(Debug)]
pub struct ClientState {
    guarded: Mutex<Guarded>,
    /// Wakes the threads that wait for something that has changed under the lock.
    changed: Condvar,
    pub(super) timeouts: Timeouts,
    /// Whether a lost connection is made anew.
    pub(super) reconnects: bool,
}

/// What they change. The lock is held for no I/O and no wait.
#[derive(Debug, Default)]
struct Guarded {
    resume: ResumeState,
    connection: Connection,
    /// Whether the server has ever answered a Ping.
    answers_pings: bool,
    /// Whether the socket thread waits for the server, and not for its output.
    is_listening: bool,
    /// Whether a thread is sending. Only one does at a time, so lines keep their order.
    is_sending: bool,
    /// Whether the input has ended.
    is_ending: bool,
    /// Whether the Pong to the Ping after the last line has come.
    is_receipted: bool,
    /// How many lines were reported because they may have been said or not.
    reported: u64,
    /// Why the client leaves by itself. Set once, before a thread does something to leave.
    exit_reason: Option<EndReason>,
    /// Whether the socket thread has ended.
    is_over: bool,
}

/// What is known of the connection, if there is one.
#[derive(Debug, Default)]
struct Connection {
    session: Option<Arc<Session>>,
    /// Until when it must have caught up.
    catch_up_by: Option<Instant>,
    /// When it had caught up. Lines may be sent from then on.
    open_since: Option<Instant>,
    /// Since when a Ping has been due or sent, if no frame has come since.
    pinged: Option<Instant>,
    /// Whether a Ping is to be sent before the next line.
    ping_due: bool,
    /// Whether the Ping after the last line has been sent.
    end_is_sent: bool,
}

/// The beginning of the payload of a Ping that may prove something. The position follows it.
const SENT: &str = "sent ";

impl ClientState {
    /// The state of a client that has no connection yet.
    pub fn new(timeouts: Timeouts, reconnects: bool) -> ClientState {
        ClientState {
            guarded: Mutex::default(),
            changed: Condvar::new(),
            timeouts,
            reconnects,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Guarded> {
        // It is poisoned if its holder panicked. Nothing under it can, and what it guards is whole at every call.
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `look` on what is remembered. It must not block.
    pub(super) fn resume<T>(&self, look: impl FnOnce(&mut ResumeState) -> T) -> T {
        look(&mut self.lock().resume)
    }

    /// Whether the server is a chat like ours.
    pub(super) fn is_chat(&self) -> bool {
        self.resume(|resume| resume.server == ServerKind::Numbering)
    }

    /// Whether lines may be sent now.
    pub(super) fn is_open(&self) -> bool {
        self.lock().connection.open_since.is_some()
    }

    /// Sends what is queued, unless another thread is. Blocks until the socket has taken it.
    fn send(&self) {
        let next = self.lock().next();
        self.send_from(next);
    }

    fn send_from(&self, mut next: Option<(Arc<Session>, Message)>) {
        while let Some((session, message)) = next {
            // If it fails, the connection is over, and what becomes of the message is decided on the next one.
            let is_sent = session.send(message).is_ok();
            let mut guarded = self.lock();
            guarded.is_sending = false;
            let current = guarded.connection.session.as_ref();
            let is_current = current.is_some_and(|current| Arc::ptr_eq(current, &session));
            if is_sent && is_current && guarded.resume.server != ServerKind::Numbering {
                // A chat would have greeted us by now, so no receipts are to be expected.
                guarded.resume.pending.acknowledge_to(u64::MAX);
            }
            let may_go_on = is_sent || !is_current;
            next = may_go_on.then(|| guarded.next()).flatten();
            drop(guarded);
            self.changed.notify_all();
        }
    }

    /// Sends the queue on a thread of its own: the socket thread and the key reader never wait.
    pub(super) fn send_aside(self: &Arc<Self>) {
        // The first message is taken before the thread begins, so that there is only one such thread.
        let next = self.lock().next();
        let Some((session, _)) = next.clone() else {
            return;
        };
        let state = Arc::clone(self);
        let send = move || state.send_from(next);
        if let Err(error) = thread::Builder::new().name("send".to_owned()).spawn(send) {
            // The next connection could not send either. The socket thread finds the reason at the end of this one.
            let reason = EndReason::Thread(error);
            self.lock().exit_reason.get_or_insert(reason);
            session.shutdown();
        }
    }

    /// How many lines have no receipt, including those that were reported, and how many have not been sent.
    pub fn unfinished(&self) -> (u64, u64) {
        let guarded = self.lock();
        let pending = &guarded.resume.pending;
        (guarded.reported + pending.uncertain(), pending.unsent())
    }
}

impl Guarded {
    /// The next message, and where it goes. The thread that gets one is the one that sends.
    fn next(&mut self) -> Option<(Arc<Session>, Message)> {
        let connection = &mut self.connection;
        let session = Arc::clone(connection.session.as_ref()?);
        if self.is_sending || connection.open_since.is_none() {
            return None;
        }
        let escapes = self.resume.server == ServerKind::Numbering;
        let pending = &mut self.resume.pending;
        let pings = mem::take(&mut connection.ping_due);
        let line = if pings {
            None
        } else {
            pending.next_unsent(escapes)
        };
        let is_end = self.is_ending && line.is_none() && !pending.has_unsent();
        let message = match line {
            Some(line) => Message::text(line),
            None if pings || is_end && !mem::replace(&mut connection.end_is_sent, true) => {
                // Its Pong proves that all lines before it have been said (see `resume`).
                connection.pinged.get_or_insert_with(Instant::now);
                Message::Ping(format!("{SENT}{}", pending.position()).into())
            }
            None => return None,
        };
        self.is_sending = true;
        Some((session, message))
    }
}
