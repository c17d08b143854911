//! The socket thread's side of what the threads share: a connection begins, its lines are heard, it is lost.

use std::io;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use crate::base::deadline::Deadline;
use crate::client::connect::session::Session;
use crate::client::output::Output;
use crate::client::read_end::ReadEnd;
use crate::client::resume::replay::CaughtUp;
use crate::client::state::{ClientState, END, Guarded};

/// The payload of the first Ping on a connection. Its Pong means that the past has come.
pub(crate) const CATCHING_UP: &[u8] = b"catching up";

impl ClientState {
    /// A connection begins. Lines wait until it has caught up.
    ///
    /// Returns `false` if the client is leaving, which may have begun before there was something to close.
    pub fn begin(&self, session: &Arc<Session>) -> bool {
        let mut guarded = self.lock();
        guarded.resume.begin();
        guarded.is_open = false;
        guarded.must_be_open = Some(Deadline::after(self.timeouts.overdue));
        guarded.answers_pings = false;
        guarded.pinged = None;
        guarded.ping_due = false;
        guarded.end_is_sent = false;
        guarded.session = Some(Arc::clone(session));
        let stays = guarded.exit_reason.is_none();
        drop(guarded);
        session.ping_first(CATCHING_UP);
        stays
    }

    /// The connection is over: lines are kept from now on. Returns for how long it was open.
    pub fn lose(&self) -> Duration {
        let mut guarded = self.lock();
        guarded.is_open = false;
        if let Some(session) = guarded.session.take() {
            // A thread that is in a write to it would wait for nothing.
            session.shutdown();
        }
        let since = guarded.open_since.take();
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Takes a line from the server and shows it, and before it that some are missing, if the numbers say so.
    ///
    /// # Errors
    /// The output's.
    pub fn hear(self: &Arc<Self>, line: &str, output: &mut impl Output) -> io::Result<()> {
        let mut guarded = self.lock();
        let heard = guarded.resume.hear(line);
        guarded.ping_due |= heard.wants_ping;
        let pending = &guarded.resume.pending;
        let goes_on = heard.wants_ping || pending.has_unsent() && pending.is_half_empty();
        let name = guarded.resume.name().map(str::to_owned);
        drop(guarded);
        if goes_on {
            self.send_aside();
        }
        match heard.missing {
            0 => {}
            1 => output.line("* 1 line missed", None)?,
            missing => output.line(&format!("* {missing} lines missed"), None)?,
        }
        if heard.is_old {
            Ok(())
        } else {
            output.line(line, name.as_deref())
        }
    }

    /// Takes the Pong to one of our Pings. Returns how the connection is to end, if it is.
    pub fn hear_pong(
        self: &Arc<Self>,
        payload: &[u8],
        output: &mut impl Output,
    ) -> Option<ReadEnd> {
        let mut guarded = self.lock();
        guarded.answers_pings = true;
        if payload == CATCHING_UP {
            return self.catch_up(guarded, output);
        }
        let payload = String::from_utf8_lossy(payload);
        let (what, position) = payload.split_once(' ')?;
        guarded.resume.prove_to(position.parse().ok()?);
        guarded.is_receipted |= what == END;
        drop(guarded);
        self.send_aside();
        output.refresh();
        None
    }

    /// The past has come. Lets lines go, but not those that may have been said on the connection before.
    fn catch_up(
        self: &Arc<Self>,
        mut guarded: MutexGuard<'_, Guarded>,
        output: &mut impl Output,
    ) -> Option<ReadEnd> {
        let lines = match guarded.resume.caught_up() {
            CaughtUp::ConnectAgain => return Some(ReadEnd::Renamed),
            CaughtUp::Uncertain(lines) => lines,
        };
        guarded.is_open = true;
        guarded.open_since.get_or_insert_with(Instant::now);
        guarded.reported += lines.len() as u64;
        drop(guarded);
        for line in lines {
            output.notice(&format!("this line may have been said or not: {line}"));
        }
        self.send_aside();
        output.refresh();
        None
    }

    /// Until when the server must send something, or is asked whether it is there.
    pub(crate) fn read_deadline(&self) -> Option<Deadline> {
        let guarded = self.lock();
        let now = Instant::now();
        let pong = now + self.timeouts.pong;
        let until = match (guarded.is_open, guarded.must_be_open, guarded.pinged) {
            (false, Some(all), _) => all.instant().min(pong),
            (false, None, _) => pong,
            (true, _, Some(pinged)) => pinged + self.timeouts.pong,
            (true, _, None) if guarded.answers_pings => now + self.timeouts.ping_after,
            (true, _, None) => return None,
        };
        Some(Deadline::at(until))
    }

    /// The server has sent nothing up to the deadline. Returns how the connection is to end, if it is.
    pub(crate) fn on_read_timeout(self: &Arc<Self>, output: &mut impl Output) -> Option<ReadEnd> {
        let mut guarded = self.lock();
        match guarded.pinged {
            // It must answer a Ping (RFC 6455, 5.5.2). But from a server that has never welcomed us there is no past to
            // wait for.
            _ if !guarded.is_open && guarded.resume.name().is_none() => {
                return self.catch_up(guarded, output);
            }
            _ if !guarded.is_open => return Some(ReadEnd::Silent(self.timeouts.pong)),
            Some(pinged) if pinged.elapsed() < self.timeouts.pong => {}
            Some(_) => return Some(ReadEnd::Silent(self.timeouts.pong)),
            None => {
                guarded.pinged = Some(Instant::now());
                guarded.ping_due = true;
                drop(guarded);
                self.send_aside();
            }
        }
        None
    }

    /// Notes that the socket thread waits for the server, and later that it has a frame from it.
    pub fn listens(&self, is_listening: bool) {
        self.is_listening.store(is_listening, Ordering::Release);
    }

    /// Notes a frame from the server, after it was shown.
    pub(crate) fn note_frame(&self) {
        // A Ping that is to be sent stays due, but nothing is waited for.
        mem::take(&mut self.lock().pinged);
        self.changed.notify_all();
    }

    /// The socket thread has ended.
    pub fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }
}
