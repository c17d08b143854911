//! What the client's threads share, and what outlives each connection: mainly the pending lines, and why the client ends.

pub mod incoming;
pub mod outgoing;

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

/// The state that the client's threads share. It outlives each connection.
#[derive(Debug)]
pub struct ClientState {
    inner: Mutex<Inner>,
    /// Wakes threads that wait for a change of the locked state.
    changed: Condvar,
    pub(super) timeouts: Timeouts,
    /// Whether the client replaces a lost connection.
    pub(super) reconnects: bool,
}

/// The locked state. No thread does I/O or blocks while it holds the lock.
#[derive(Debug, Default)]
struct Inner {
    resume: ResumeState,
    connection: CurrentConnection,
    /// Whether the server has ever answered a Ping.
    answers_pings: bool,
    /// Whether the socket thread is waiting for a frame. If not, it may be waiting for the client's output.
    is_reading_socket: bool,
    /// Whether a thread is sending. Only one thread sends at a time, so lines keep their order.
    is_sending: bool,
    input_ended: bool,
    /// Whether the server has answered the Ping after the last line.
    has_final_pong: bool,
    /// How many lines the client has reported as uncertain.
    reported: u64,
    /// Why the client itself wants to leave. It is set once, before the client does anything else to leave.
    exit_reason: Option<EndReason>,
    /// Whether the socket thread has ended its last connection.
    is_over: bool,
}

/// The state of the current connection, if there is one.
#[derive(Debug, Default)]
struct CurrentConnection {
    session: Option<Arc<Session>>,
    /// The time by which the replay must be complete.
    replay_deadline: Option<Instant>,
    /// When the replay was completed. Lines may be sent from then on.
    open_since: Option<Instant>,
    /// When a Ping became due or was sent. `None` if a frame has arrived since then.
    pinged: Option<Instant>,
    /// Whether to send a Ping before the next line.
    ping_due: bool,
    /// Whether the Ping after the last line has been sent.
    final_ping_sent: bool,
}

/// The payload of a Ping begins with this, except in a replay. The position after the last sent line follows.
const SENT: &str = "sent ";

impl ClientState {
    /// Creates the state of a client that has no connection yet.
    pub fn new(timeouts: Timeouts, reconnects: bool) -> ClientState {
        ClientState {
            inner: Mutex::default(),
            changed: Condvar::new(),
            timeouts,
            reconnects,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The lock is poisoned if a thread panics while it holds the lock. That cannot happen here.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `look` with the resume state, under the lock. `look` must not block.
    pub(super) fn resume<T>(&self, look: impl FnOnce(&mut ResumeState) -> T) -> T {
        look(&mut self.lock().resume)
    }

    /// Returns whether the server is a chat like ours.
    pub(super) fn is_chat(&self) -> bool {
        self.resume(|resume| resume.server == ServerKind::Numbering)
    }

    /// Returns whether lines may be sent now.
    pub(super) fn is_open(&self) -> bool {
        self.lock().connection.open_since.is_some()
    }

    /// Sends due lines and Pings, unless another thread is sending. Blocks until the socket has accepted them.
    fn send(&self) {
        let next = self.lock().next();
        self.send_from(next);
    }

    fn send_from(&self, mut next: Option<(Arc<Session>, Message)>) {
        while let Some((session, message)) = next {
            // If this fails, the connection is over. The next connection's replay will show whether the line was said.
            let is_sent = session.send(message).is_ok();
            let mut inner = self.lock();
            inner.is_sending = false;
            let current = inner.connection.session.as_ref();
            let is_current = current.is_some_and(|current| Arc::ptr_eq(current, &session));
            if is_sent && is_current && inner.resume.server != ServerKind::Numbering {
                // A chat like ours would have sent its welcome by now. So expect no receipts from this server.
                inner.resume.pending.acknowledge_to(u64::MAX);
            }
            let may_go_on = is_sent || !is_current;
            next = may_go_on.then(|| inner.next()).flatten();
            drop(inner);
            self.changed.notify_all();
        }
    }

    /// Starts a thread to send what is due, because the socket thread and the thread that reads keys must not block.
    pub(super) fn spawn_send(self: &Arc<Self>) {
        // Take the first message before the thread starts. This marks the client as sending, so no second thread starts.
        let next = self.lock().next();
        let Some((session, _)) = next.clone() else {
            return;
        };
        let state = Arc::clone(self);
        let send = move || state.send_from(next);
        if let Err(error) = thread::Builder::new().name("send".to_owned()).spawn(send) {
            // A new connection would not help. The socket thread takes this reason when the connection ends.
            let reason = EndReason::Thread(error);
            self.lock().exit_reason.get_or_insert(reason);
            session.shutdown();
        }
    }

    /// Returns how many lines have no receipt, including reported lines, and how many lines are not sent yet.
    pub fn unfinished(&self) -> (u64, u64) {
        let inner = self.lock();
        let pending = &inner.resume.pending;
        (inner.reported + pending.uncertain(), pending.unsent())
    }
}

impl Inner {
    /// Returns the due message, if any, and its session. The caller must send the message: it now counts as sent.
    fn next(&mut self) -> Option<(Arc<Session>, Message)> {
        let connection = &mut self.connection;
        let session = Arc::clone(connection.session.as_ref()?);
        if self.is_sending || connection.open_since.is_none() {
            return None;
        }
        let escapes = self.resume.server == ServerKind::Numbering;
        let pending = &mut self.resume.pending;
        let pings = mem::take(&mut connection.ping_due);
        let line = (!pings).then(|| pending.next_unsent(escapes)).flatten();
        let is_end = self.input_ended && line.is_none() && !pending.has_unsent();
        let message = match line {
            Some(line) => Message::text(line),
            None if pings || is_end && !mem::replace(&mut connection.final_ping_sent, true) => {
                // The Pong proves that all lines before this Ping have been said (see `resume`).
                connection.pinged.get_or_insert_with(Instant::now);
                Message::Ping(format!("{SENT}{}", pending.position()).into())
            }
            None => return None,
        };
        self.is_sending = true;
        Some((session, message))
    }
}
