//! The client from its first connection to its last.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use tungstenite::WebSocket;
use tungstenite::handshake::client::generate_key;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::base::random;
use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::error::ConnectError;
use crate::client::connect::session::Session;
use crate::client::connect::target::Target;
use crate::client::connect::{open, open_any};
use crate::client::end_reason::{EndReason, LostConnection};
use crate::client::output::Output;
use crate::client::state::ClientState;
use crate::client::stdin::InputOptions;
use crate::client::timeouts::Timeouts;
use crate::client::{socket, stdin};

/// The longest pause that a `Retry-After` can cause: an hour.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// A connected client.
#[derive(Debug)]
pub struct Client {
    /// The state that the client's threads share. Any thread can use it to end the client.
    pub state: Arc<ClientState>,
    /// Where the client connects to, and with which options.
    pub target: Target,
    session: Arc<Session>,
    websocket: WebSocket<ClientStream>,
    /// How many times the client has tried to reconnect since a connection last stayed open for [`Timeouts::max_backoff`].
    attempts: u32,
}

impl Client {
    /// Connects and performs the handshake. With `reconnects`, the client replaces a lost connection, and [adds](Target::add_parameter) a
    /// random key to the URLs of rooms. Without `reconnects`, the client ends when its connection ends.
    ///
    /// # Errors
    /// [`ConnectError`] if no server accepts the client. Each attempt takes at most [`Timeouts::connect`].
    pub fn connect(
        mut target: Target,
        timeouts: Timeouts,
        reconnects: bool,
    ) -> Result<Client, ConnectError> {
        if reconnects {
            // Base64 has a few characters that a key must not have.
            let key = generate_key().replace('=', "").replace(['+', '/'], "-");
            target.add_parameter("key", &key);
        }
        let (session, websocket) = open_any(&mut target, &timeouts)?;
        let state = Arc::new(ClientState::new(timeouts, reconnects));
        state.begin_connection(&session);
        Ok(Client {
            state,
            target,
            session,
            websocket,
            attempts: 0,
        })
    }

    /// Shows received lines on `output` until the client ends. A new thread reads `input` and sends its lines.
    ///
    /// Returns `Ok` if all of the input was sent and has its receipts, or if the reader of the output has closed it. Also
    /// returns `Ok` if no line is unfinished when [`ClientState::leave`] is called or the server sends Close 1000.
    ///
    /// # Errors
    /// [`LostConnection`] says why the client ended, and how many lines are unfinished.
    pub fn run(
        self,
        input: impl Read + Send + 'static,
        mut output: impl Output,
        options: InputOptions,
    ) -> Result<(), LostConnection> {
        self.state
            .resume(|resume| resume.pending.takes_commands = options.takes_commands);
        self.run_threads(move |state| stdin::run(state, input, options), &mut output)
    }

    /// Shows received lines until the client ends, or until `limit` has passed. Sends no lines. Returns what
    /// [`Client::run`] returns.
    pub fn listen_only(
        self,
        mut output: impl Output,
        limit: Option<Duration>,
    ) -> Result<(), LostConnection> {
        let leave_in_time = move |state: &Arc<ClientState>| {
            let is_over = limit.is_some_and(|limit| state.pause(limit));
            _ = is_over && state.leave(EndReason::Finished);
        };
        self.run_threads(leave_in_time, &mut output)
    }

    pub(super) fn run_threads(
        mut self,
        stdin: impl FnOnce(&Arc<ClientState>) + Send + 'static,
        output: &mut impl Output,
    ) -> Result<(), LostConnection> {
        let state = Arc::clone(&self.state);
        let thread = thread::Builder::new().name("stdin".to_owned());
        let why = match thread.spawn(move || stdin(&state)) {
            Ok(_) => self.listen(output),
            Err(error) => Some(EndReason::Thread(error)),
        };
        // This wakes the threads that wait for the end of the last connection.
        self.state.set_over();
        let (uncertain, unsent) = self.state.unfinished();
        let lost = |why| LostConnection {
            why,
            uncertain,
            unsent,
        };
        why.map_or(Ok(()), |why| Err(lost(why)))
    }

    /// Shows received lines, and reconnects if necessary. Returns why the client ended, or `None` if nothing went wrong.
    fn listen(&mut self, output: &mut impl Output) -> Option<EndReason> {
        loop {
            let end = socket::run(&mut self.websocket, &self.state, output);
            let timeouts = self.state.timeouts;
            socket::close(&mut self.websocket, &self.session, timeouts.close, &end);
            if self.state.end_connection() >= timeouts.max_backoff {
                self.attempts = 0;
            }
            output.refresh();
            let why = self.outcome(end)?;
            if !self.state.reconnects || !why.may_reconnect() {
                return Some(why);
            }
            if let Err(why) = self.reconnect(&why, output) {
                return self.outcome(why);
            }
        }
    }

    /// Waits and tries to connect, again and again, until an attempt succeeds. If the connection ended because of a rename,
    /// shows notices only after a failed attempt. Fails with [`EndReason::EndedWithoutClose`] if the client leaves during a
    /// pause, or with [`EndReason::ReconnectFailed`] if another attempt is pointless.
    fn reconnect(&mut self, lost: &EndReason, output: &mut impl Output) -> Result<(), EndReason> {
        let (begin, timeouts) = (Instant::now(), self.state.timeouts);
        let (mut is_quiet, mut least) = (matches!(lost, EndReason::Renamed), Duration::ZERO);
        let (others, mut refusals) = (self.target.other_url_count(), 0);
        if !is_quiet {
            output.show_notice(&format!("{lost}; reconnecting"));
        }
        (self.session, self.websocket) = loop {
            if !is_quiet {
                self.target.next();
            }
            if !self.pause(others, least) {
                return Err(EndReason::EndedWithoutClose);
            }
            let parameters = self.state.resume(|resume| resume.url_parameters());
            match open(&self.target, &parameters, &timeouts) {
                Ok(opened) => break opened,
                Err(error) if error.is_final() && refusals == others => {
                    return Err(EndReason::ReconnectFailed(error));
                }
                Err(error) => {
                    is_quiet = false;
                    refusals = if error.is_final() { refusals + 1 } else { 0 };
                    least = error.retry_after().min(MAX_RETRY_AFTER);
                    if !least.is_zero() && self.attempts >= others {
                        let seconds = least.as_secs();
                        output.show_notice(&format!("{error}; trying again in {seconds} s"));
                    }
                }
            }
        };
        if !self.state.begin_connection(&self.session) {
            // The client began to leave before this connection existed. So nothing else closes the connection.
            self.session.close(CloseCode::Normal);
        }
        if !is_quiet {
            let seconds = begin.elapsed().as_secs();
            output.show_notice(&format!("reconnected after {seconds} s"));
        }
        Ok(())
    }

    /// Waits before the next attempt. The first `others` attempts need no pause, because each tries another URL. `least` is the
    /// minimum pause that the server has asked for. Returns `false` if the client leaves during the pause.
    fn pause(&mut self, others: u32, least: Duration) -> bool {
        let random = random::number() as f64 / u64::MAX as f64;
        let backoff = |attempts| self.state.timeouts.backoff(attempts, random).max(least);
        let pause = self.attempts.checked_sub(others).map(backoff);
        self.attempts = self.attempts.saturating_add(1);
        self.state.pause(pause.unwrap_or_default())
    }

    /// Returns why a connection ended, or `None` if there is nothing to report. If the client has a reason to leave, that
    /// reason has priority over what the server did afterwards.
    fn outcome(&self, end: EndReason) -> Option<EndReason> {
        let why = match end {
            EndReason::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return None,
            EndReason::Output(_) => return Some(end),
            end => match self.state.take_exit_reason() {
                Some(reason) => reason,
                // The client itself has shut the stalled connection down, so the read may have failed with any error.
                None if self.session.write_timed_out.load(Ordering::Acquire) => {
                    EndReason::WriteTimeout(self.state.timeouts.write)
                }
                None => end,
            },
        };
        let is_done = self.state.unfinished() == (0, 0);
        match why {
            EndReason::LeaveRequested | EndReason::Finished if is_done => None,
            EndReason::Closed {
                close: Some(close), ..
            } if close.code == CloseCode::Normal => (!is_done).then_some(EndReason::Finished),
            why => Some(why),
        }
    }
}
