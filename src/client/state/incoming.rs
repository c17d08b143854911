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
use crate::client::state::{ClientState, CurrentConnection, Inner, SENT};

/// The payload of the first Ping on a connection. Its Pong means that the replay is complete.
const REPLAY_PING: &[u8] = b"catching up";

impl ClientState {
    /// Begins a connection. Our lines wait until its replay is complete. Returns `false` if the client is leaving.
    pub fn begin_connection(&self, session: &Arc<Session>) -> bool {
        let mut inner = self.lock();
        inner.resume.begin();
        inner.connection = CurrentConnection {
            session: Some(Arc::clone(session)),
            replay_deadline: Some(Instant::now() + self.timeouts.receipt),
            ..CurrentConnection::default()
        };
        let stays = inner.exit_reason.is_none();
        drop(inner);
        // This is the first frame, so the write side's slot is free. Later, a Ping could replace a Pong in the slot.
        let ping = Message::Ping(Bytes::from_static(REPLAY_PING));
        session.write_side.offer(masked(ping));
        stays
    }

    /// Ends the connection. Lines now wait for another connection. Returns the time since the replay ended, or zero.
    pub(crate) fn end_connection(&self) -> Duration {
        let ended = mem::take(&mut self.lock().connection);
        if let Some(session) = ended.session {
            // This wakes a thread that is blocked in a write to the connection.
            session.shutdown();
        }
        ended
            .open_since
            .map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Handles a line from the server, and shows it unless it was shown before. If lines before it are missing, first shows how
    /// many. Fails if the output fails.
    pub fn on_line(self: &Arc<Self>, line: &str, output: &mut impl Output) -> io::Result<()> {
        let mut inner = self.lock();
        let info = inner.resume.on_line(line);
        inner.connection.ping_due |= info.wants_ping;
        let pending = &inner.resume.pending;
        let must_send = info.wants_ping || pending.has_unsent() && pending.is_half_empty();
        let name = inner.resume.name.clone();
        drop(inner);
        self.changed.notify_all();
        if must_send {
            self.spawn_send();
        }
        match info.missing {
            0 => {}
            1 => output.show_line("* 1 line missed", None)?,
            missing => output.show_line(&format!("* {missing} lines missed"), None)?,
        }
        if info.is_old {
            return Ok(());
        }
        output.show_line(line, name.as_deref())
    }

    /// Handles a Pong. The error is the reason to end the connection.
    pub fn on_pong(
        self: &Arc<Self>,
        payload: &[u8],
        output: &mut impl Output,
    ) -> Result<(), EndReason> {
        let mut inner = self.lock();
        inner.answers_pings = true;
        if payload == REPLAY_PING {
            return self.end_replay(inner, output);
        }
        let payload = String::from_utf8_lossy(payload);
        let position = payload.strip_prefix(SENT).map(str::parse);
        let Some(Ok(position)) = position else {
            // This Pong does not answer a Ping of ours.
            return Ok(());
        };
        let pending = &inner.resume.pending;
        let is_end = inner.input_ended && !pending.has_unsent() && pending.position() == position;
        if !is_end && self.reconnects && inner.resume.may_miss_name() {
            return Err(EndReason::Renamed);
        }
        inner.resume.on_pong(position);
        inner.has_final_pong |= is_end;
        drop(inner);
        self.changed.notify_all();
        self.spawn_send();
        output.refresh();
        Ok(())
    }

    /// Ends the replay. Sends the waiting lines. Reports, but does not send, the lines that may already have been said.
    fn end_replay(
        self: &Arc<Self>,
        mut inner: MutexGuard<'_, Inner>,
        output: &mut impl Output,
    ) -> Result<(), EndReason> {
        let lines = inner.resume.end_replay().ok_or(EndReason::Renamed)?;
        let connection = &mut inner.connection;
        connection.open_since.get_or_insert_with(Instant::now);
        inner.reported += lines.len() as u64;
        drop(inner);
        self.changed.notify_all();
        for line in lines {
            output.show_notice(&format!("it is unknown whether this line was said: {line}"));
        }
        self.spawn_send();
        output.refresh();
        Ok(())
    }

    /// Records that the socket thread is about to wait for the server. Returns the deadline by which the server must send
    /// something, or `None` if it may stay silent. `on_read_timeout` decides what happens at this deadline.
    pub(crate) fn begin_read(&self) -> Option<Deadline> {
        let mut inner = self.lock();
        inner.is_reading_socket = true;
        let connection = &inner.connection;
        let now = Instant::now();
        let until = match (connection.replay_deadline, connection.pinged) {
            (Some(by), _) if connection.open_since.is_none() => by.min(now + self.timeouts.pong),
            (_, Some(pinged)) => pinged + self.timeouts.pong,
            (_, None) if inner.answers_pings => now + self.timeouts.ping_after,
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
        let mut inner = self.lock();
        match (inner.connection.open_since, inner.connection.pinged) {
            // This server has sent no welcome, so there is no replay to wait for. It should have answered the Ping (RFC 6455,
            // 5.5.2), but some servers never do, and a new connection would not help.
            (None, _) if inner.resume.name.is_none() && !inner.answers_pings => {
                let ended = self.end_replay(inner, output);
                let silent = EndReason::PingTimeout(pong);
                output.show_notice(&format!("{silent}; sending lines anyway"));
                ended
            }
            (Some(_), Some(pinged)) if pinged.elapsed() < pong => Ok(()),
            (None, _) | (Some(_), Some(_)) => Err(EndReason::PingTimeout(pong)),
            (Some(_), None) => {
                inner.connection.pinged = Some(Instant::now());
                inner.connection.ping_due = true;
                drop(inner);
                self.spawn_send();
                Ok(())
            }
        }
    }

    /// Records the end of a read. Any frame shows that the server is alive, as a Pong would. A Ping that is due is still sent.
    pub(crate) fn end_read(&self, is_frame: bool) {
        let mut inner = self.lock();
        inner.is_reading_socket = false;
        if is_frame {
            inner.connection.pinged = None;
        }
    }

    /// Records that the socket thread has ended its last connection.
    pub(crate) fn set_over(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }
}
