//! How the socket thread changes the shared state: a connection begins, a frame arrives, the connection ends.

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

/// The payload of the first Ping on a connection. Its Pong means that the replay is complete.
const CATCHING_UP: &[u8] = b"catching up";

impl ClientState {
    /// Begins a connection. Our lines wait until its replay is complete. Returns `false` if the client is leaving.
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
        // This is the first frame, so the slot is free. Later, a Ping could replace a Pong in the slot.
        let ping = Message::Ping(Bytes::from_static(CATCHING_UP));
        session.write_side.offer(masked(ping));
        stays
    }

    /// Ends the connection. Lines now wait for the next one. Returns for how long lines could be sent on this connection.
    pub(crate) fn lose(&self) -> Duration {
        let lost = mem::take(&mut self.lock().connection);
        if let Some(session) = lost.session {
            // This wakes a thread that is blocked in a write to the connection.
            session.shutdown();
        }
        lost.open_since
            .map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Handles a line from the server and shows it. If lines before it are missing, first shows how many. Fails if the output
    /// fails.
    pub fn hear(self: &Arc<Self>, line: &str, output: &mut impl Output) -> io::Result<()> {
        let mut guarded = self.lock();
        let heard = guarded.resume.hear(line);
        guarded.connection.ping_due |= heard.wants_ping;
        let pending = &guarded.resume.pending;
        let must_send = heard.wants_ping || pending.has_unsent() && pending.is_half_empty();
        let name = guarded.resume.name.clone();
        drop(guarded);
        self.changed.notify_all();
        if must_send {
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

    /// Handles a Pong. The error is the reason to end the connection.
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
            // This Pong does not answer a Ping of ours.
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

    /// Ends the replay. Sends the waiting lines. Reports, but does not send, the lines that may already have been said.
    fn catch_up(
        self: &Arc<Self>,
        mut guarded: MutexGuard<'_, Guarded>,
        output: &mut impl Output,
    ) -> Result<(), EndReason> {
        let lines = guarded.resume.caught_up().ok_or(EndReason::Renamed)?;
        let connection = &mut guarded.connection;
        connection.open_since.get_or_insert_with(Instant::now);
        guarded.reported += lines.len() as u64;
        drop(guarded);
        self.changed.notify_all();
        for line in lines {
            output.notice(&format!("it is unknown whether this line was said: {line}"));
        }
        self.send_aside();
        output.refresh();
        Ok(())
    }

    /// Records that the socket thread is about to wait for the server. Returns the deadline by which the server must send
    /// something. After this deadline, the client sends a Ping or ends the connection.
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

    /// Handles a read that reached its deadline. The error is the reason to end the connection.
    pub(crate) fn on_read_timeout(
        self: &Arc<Self>,
        output: &mut impl Output,
    ) -> Result<(), EndReason> {
        let pong = self.timeouts.pong;
        let mut guarded = self.lock();
        match (guarded.connection.open_since, guarded.connection.pinged) {
            // This server has sent no welcome, so there is no replay to wait for. It should have answered the Ping (RFC 6455,
            // 5.5.2), but some servers never do, and a new connection would not help.
            (None, _) if guarded.resume.name.is_none() && !guarded.answers_pings => {
                let caught_up = self.catch_up(guarded, output);
                let silent = EndReason::PingTimeout(pong);
                output.notice(&format!("{silent}; sending lines anyway"));
                caught_up
            }
            (Some(_), Some(pinged)) if pinged.elapsed() < pong => Ok(()),
            (None, _) | (Some(_), Some(_)) => Err(EndReason::PingTimeout(pong)),
            (Some(_), None) => {
                guarded.connection.pinged = Some(Instant::now());
                guarded.connection.ping_due = true;
                drop(guarded);
                self.send_aside();
                Ok(())
            }
        }
    }

    /// Records the end of a read. Any frame shows that the server is alive, as a Pong would. A Ping that is due is still sent.
    pub(crate) fn end_read(&self, is_frame: bool) {
        let mut guarded = self.lock();
        guarded.is_listening = false;
        if is_frame {
            guarded.connection.pinged = None;
        }
    }

    /// Records that the socket thread has ended its last connection.
    pub(crate) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }
}
