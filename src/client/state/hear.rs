//! The socket thread's side of what the threads share: a connection begins, its lines are heard, it is lost.

use std::io;
use std::mem;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use tungstenite::{Bytes, Message};

use crate::base::deadline::Deadline;
use crate::client::connect::masked::masked;
use crate::client::connect::session::Session;
use crate::client::end_reason::EndReason;
use crate::client::output::Output;
use crate::client::state::{ClientState, Connection, Guarded, SENT};

/// The payload of the first Ping on a connection. Its Pong means that the past has come.
const CATCHING_UP: &[u8] = b"catching up";

impl ClientState {
    /// A connection begins. Lines wait until it has caught up.
    ///
    /// Returns `false` if the client is leaving, which may have begun before there was something to close.
    pub fn begin(&self, session: &Arc<Session>) -> bool {
        let mut guarded = self.lock();
        guarded.resume.begin();
        guarded.connection = Connection {
            session: Some(Arc::clone(session)),
            catch_up_by: Some(Instant::now() + self.timeouts.overdue),
            ..Connection::default()
        };
        let stays = guarded.exit_reason.is_none();
        drop(guarded);
        // It is the first frame, so it fits. Later, a Ping could replace a pong in the slot.
        let ping = Message::Ping(Bytes::from_static(CATCHING_UP));
        session.write_side.leave(masked(ping));
        stays
    }

    /// The connection is over: lines are kept from now on. Returns for how long it was open.
    pub(crate) fn lose(&self) -> Duration {
        let lost = mem::take(&mut self.lock().connection);
        if let Some(session) = lost.session {
            // Wakes a thread that is in a write to it, and would otherwise wait in vain.
            session.shutdown();
        }
        let since = lost.open_since;
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Takes a line from the server and shows it. First shows how many lines before it are missing, if any. The error is
    /// the output's.
    pub fn hear(self: &Arc<Self>, line: &str, output: &mut impl Output) -> io::Result<()> {
        let mut guarded = self.lock();
        let heard = guarded.resume.hear(line);
        guarded.connection.ping_due |= heard.wants_ping;
        let pending = &guarded.resume.pending;
        let goes_on = heard.wants_ping || pending.has_unsent() && pending.is_half_empty();
        let name = guarded.resume.name.clone();
        drop(guarded);
        self.changed.notify_all();
        if goes_on {
            self.send_aside();
        }
        match heard.missing {
            0 => {}
            1 => output.line("* 1 line missed", None)?,
            missing => output.line(&format!("* {missing} lines missed"), None)?,
        }
        if heard.is_old {
            return Ok(());
        }
        output.line(line, name.as_deref())
    }

    /// Takes the Pong to one of our Pings. The error is the reason to end the connection.
    pub fn hear_pong(
        self: &Arc<Self>,
        payload: &[u8],
        output: &mut impl Output,
    ) -> Result<(), EndReason> {
        let mut guarded = self.lock();
        guarded.answers_pings = true;
        if payload == CATCHING_UP {
            return self.catch_up(guarded, output);
        }
        let payload = String::from_utf8_lossy(payload);
        let position = payload.strip_prefix(SENT).map(str::parse);
        let Some(Ok(position)) = position else {
            // It was not asked for.
            return Ok(());
        };
        let pending = &guarded.resume.pending;
        let is_end = guarded.is_ending && !pending.has_unsent() && pending.position() == position;
        if !is_end && self.reconnects && guarded.resume.may_miss_name() {
            return Err(EndReason::Renamed);
        }
        guarded.resume.prove_to(position);
        guarded.is_receipted |= is_end;
        drop(guarded);
        self.changed.notify_all();
        self.send_aside();
        output.refresh();
        Ok(())
    }

    /// The replay is complete. Sends the lines that wait, except those that an earlier connection may have said.
    fn catch_up(
        self: &Arc<Self>,
        mut guarded: MutexGuard<'_, Guarded>,
        output: &mut impl Output,
    ) -> Result<(), EndReason> {
        let Some(lines) = guarded.resume.caught_up() else {
            return Err(EndReason::Renamed);
        };
        let connection = &mut guarded.connection;
        connection.open_since.get_or_insert_with(Instant::now);
        guarded.reported += lines.len() as u64;
        drop(guarded);
        self.changed.notify_all();
        for line in lines {
            output.notice(&format!("this line may have been said or not: {line}"));
        }
        self.send_aside();
        output.refresh();
        Ok(())
    }

    /// The socket thread waits for the server now. Returns the time by which the server must send something. After that
    /// it gets a Ping, or counts as lost.
    pub(crate) fn begin_read(&self) -> Option<Deadline> {
        let mut guarded = self.lock();
        guarded.is_listening = true;
        let connection = &guarded.connection;
        let now = Instant::now();
        let until = match (connection.catch_up_by, connection.pinged) {
            (Some(by), _) if connection.open_since.is_none() => by.min(now + self.timeouts.pong),
            (_, Some(pinged)) => pinged + self.timeouts.pong,
            (_, None) if guarded.answers_pings => now + self.timeouts.ping_after,
            (_, None) => return None,
        };
        Some(Deadline::at(until))
    }

    /// The server has sent nothing up to the deadline. The error is the reason to end the connection.
    pub(crate) fn on_read_timeout(
        self: &Arc<Self>,
        output: &mut impl Output,
    ) -> Result<(), EndReason> {
        let pong = self.timeouts.pong;
        let mut guarded = self.lock();
        match (guarded.connection.open_since, guarded.connection.pinged) {
            // It must answer a Ping (RFC 6455, 5.5.2). But a server may be broken in this only, and each new connection
            // would be the same. From one that has never welcomed us there is no past to wait for.
            (None, _) if guarded.resume.name.is_none() && !guarded.answers_pings => {
                let caught_up = self.catch_up(guarded, output);
                let silent = EndReason::Silent(pong);
                output.notice(&format!("{silent}; lines are sent all the same"));
                caught_up
            }
            (Some(_), Some(pinged)) if pinged.elapsed() < pong => Ok(()),
            (None, _) | (Some(_), Some(_)) => Err(EndReason::Silent(pong)),
            (Some(_), None) => {
                guarded.connection.pinged = Some(Instant::now());
                guarded.connection.ping_due = true;
                drop(guarded);
                self.send_aside();
                Ok(())
            }
        }
    }

    /// The read has ended. After a frame no answer to a Ping is awaited any more. A Ping that is due is still sent.
    pub(crate) fn end_read(&self, is_frame: bool) {
        let mut guarded = self.lock();
        guarded.is_listening = false;
        if is_frame {
            guarded.connection.pinged = None;
        }
    }

    /// The socket thread has ended.
    pub(crate) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }
}
