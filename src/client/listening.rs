//! The socket thread's side of what the threads share: a connection begins, its lines are heard, it is lost.

use std::io;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

use crate::base::deadline::Deadline;
use crate::client::end::End;
use crate::client::memory::catching_up::CaughtUp;
use crate::client::memory::ledger::END_OF_INPUT;
use crate::client::session::Session;
use crate::client::show::Show;
use crate::client::talk::{State, Talk};

/// The payload of the first Ping on a connection. Its Pong means that the past has come.
pub const CATCHING_UP: &[u8] = b"catching up";

impl Talk {
    /// A connection begins. With `catches_up`, lines wait until it has caught up.
    ///
    /// Returns `false` if the client is leaving, which may have begun before there was something to close.
    pub fn begin(&self, session: &Arc<Session>, catches_up: bool) -> bool {
        let mut state = self.state();
        state.memory.begin(catches_up);
        state.is_open = !catches_up;
        state.must_be_open = Some(Deadline::after(self.limits.overdue));
        state.session = Some(Arc::clone(session));
        drop(state);
        if catches_up {
            session.ping_first(CATCHING_UP);
        }
        self.leaving().is_none()
    }

    /// The connection is over: lines are kept from now on. Returns whether it had caught up, and so was of use.
    pub fn lose(&self) -> bool {
        let mut state = self.state();
        let was_open = mem::take(&mut state.is_open);
        if let Some(session) = state.session.take() {
            // Whoever is in a write to it shall not wait for nothing.
            session.shutdown();
        }
        was_open
    }

    /// Shows a line from the server, and before it that some are missing, if the numbers say so.
    ///
    /// # Errors
    /// The output's.
    pub fn hear(&self, line: &str, show: &mut impl Show) -> io::Result<()> {
        let mut state = self.state();
        let missing = state.memory.hear(line);
        let name = state.memory.name().map(str::to_owned);
        drop(state);
        match missing {
            0 => {}
            1 => show.line("* 1 line missed", None)?,
            _ => show.line(&format!("* {missing} lines missed"), None)?,
        }
        show.line(line, name.as_deref())
    }

    /// Takes the Pong to one of our Pings. Returns how the connection is to end, if it is.
    pub fn hear_pong(self: &Arc<Self>, payload: &[u8], show: &mut impl Show) -> Option<End> {
        let mut state = self.state();
        if payload == END_OF_INPUT {
            state.memory.ledger.settle();
            state.is_receipted = true;
        }
        if payload != CATCHING_UP {
            return None;
        }
        match state.memory.caught_up() {
            CaughtUp::Return => return Some(End::Return),
            CaughtUp::Uncertain(lines) => self.open(state, lines, show),
        }
        None
    }

    /// Lets lines go. These, which may have been said on the connection before, do not.
    fn open(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        lines: Vec<String>,
        show: &mut impl Show,
    ) {
        state.is_open = true;
        drop(state);
        for line in lines {
            show.state(&format!("this line may have been said or not: {line}"));
        }
        self.send_aside();
    }

    /// Until when the server must say something, if the past has not come yet.
    pub fn must_be_open(&self) -> Option<Deadline> {
        let state = self.state();
        let all = state.must_be_open.filter(|_| !state.is_open)?;
        let next = Deadline::after(self.limits.receipts);
        Some(if next.instant() < all.instant() {
            next
        } else {
            all
        })
    }

    /// The server has not answered our first Ping. Returns whether to go on nevertheless: it must (RFC 6455, 5.5.2), but
    /// from one that has never welcomed us there is no past to wait for.
    pub fn goes_on(self: &Arc<Self>, show: &mut impl Show) -> bool {
        let mut state = self.state();
        if state.is_open || state.memory.name().is_some() {
            return false;
        }
        if let CaughtUp::Uncertain(lines) = state.memory.caught_up() {
            self.open(state, lines, show);
        }
        true
    }

    /// Notes whether the socket thread waits for the server.
    pub fn listens(&self, is_listening: bool) {
        self.is_listening.store(is_listening, Ordering::Release);
    }

    /// Whether it does.
    pub fn is_listening(&self) -> bool {
        self.is_listening.load(Ordering::Acquire)
    }

    /// Gives whoever waits a word of a frame.
    pub fn tell(&self, words: &crossbeam_channel::Sender<()>) {
        // If the channel is full, a word waits in it already, and one is enough.
        let _ = words.try_send(());
    }

    /// Whether the Pong to the Ping after the last line has come.
    pub fn is_receipted(&self) -> bool {
        self.state().is_receipted
    }

    /// Whether a line that is said now comes back with its number.
    pub fn has_receipts(&self) -> bool {
        self.memory(|memory| !memory.is_plain_server() && memory.name().is_some())
    }

    /// Whether there is a connection.
    pub fn is_connected(&self) -> bool {
        self.state().session.is_some()
    }
}
