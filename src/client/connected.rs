//! A client from its first connection to its last.

use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use tungstenite::WebSocket;
use tungstenite::protocol::frame::coding::CloseCode;

use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::error::ConnectError;
use crate::client::connect::session::Session;
use crate::client::connect::target::Target;
use crate::client::connect::url::Url;
use crate::client::end_reason::{EndReason, LostConnection};
use crate::client::output::Output;
use crate::client::reconnect::{random_key, reconnect};
use crate::client::state::ClientState;
use crate::client::state::leave::Handle;
use crate::client::stdin::InputOptions;
use crate::client::timeouts::Timeouts;
use crate::client::{connect, socket, stdin};

/// A client that is connected.
#[derive(Debug)]
pub struct Client {
    pub(super) state: Arc<ClientState>,
    target: Target,
    session: Arc<Session>,
    websocket: WebSocket<ClientStream>,
    /// How often we have tried to connect since the last connection that lasted.
    attempts: u32,
}

impl Client {
    /// Connects and performs the handshake. With `reconnects`, a lost connection is replaced by a new one, and a room
    /// of ours gets a random key unless its URL has one. Otherwise the client ends with its connection.
    ///
    /// # Errors
    /// Why there is no first connection, after at most [`Timeouts::connect`] for each URL.
    pub fn connect(
        mut target: Target,
        timeouts: Timeouts,
        reconnects: bool,
    ) -> Result<Client, ConnectError> {
        if reconnects {
            target.propose("key", &random_key());
        }
        let (session, websocket) = connect::open_any(&mut target, &timeouts)?;
        let state = Arc::new(ClientState::new(timeouts, reconnects));
        state.begin(&session);
        Ok(Client {
            state,
            target,
            session,
            websocket,
            attempts: 0,
        })
    }

    /// The URL of the first connection.
    pub fn url(&self) -> Option<&Url> {
        self.target.url()
    }

    /// Returns a handle, with which another thread ends this client.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.state))
    }

    /// Sends the lines of `input`, from a thread of its own, and prints what comes to `output`, until the connection
    /// ends for good.
    ///
    /// `Ok` if all of the input was sent and has its receipts. Also `Ok` if [`Handle::leave`] was called when nothing
    /// was pending, or if the reader of the output is gone.
    ///
    /// # Errors
    /// What ended it otherwise.
    pub fn run(
        self,
        input: impl Read + Send + 'static,
        mut output: impl Output,
        options: InputOptions,
    ) -> Result<(), LostConnection> {
        if options.takes_commands {
            self.state.resume(|resume| resume.pending.take_commands());
        }
        self.run_threads(move |state| stdin::run(state, input, options), &mut output)
    }

    /// Says nothing, and prints what comes until the connection ends for good.
    ///
    /// # Errors
    /// What ended it, except [`Handle::leave`] and a reader of the output that is gone.
    pub fn listen_only(self, mut output: impl Output) -> Result<(), LostConnection> {
        self.run_threads(|_| {}, &mut output)
    }

    pub(super) fn run_threads(
        mut self,
        stdin: impl FnOnce(&Arc<ClientState>) + Send + 'static,
        output: &mut impl Output,
    ) -> Result<(), LostConnection> {
        let state = Arc::clone(&self.state);
        let stdin = thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || stdin(&state));
        let why = match stdin {
            Ok(_) => self.listen(output),
            Err(error) => Some(EndReason::Thread(error)),
        };
        // Only now may the threads that wait for us go on: the server has had its time.
        self.state.end();
        let (uncertain, unsent) = self.state.unfinished();
        match why {
            None => Ok(()),
            Some(why) => Err(LostConnection {
                why,
                uncertain,
                unsent,
            }),
        }
    }

    /// Shows what comes, over as many connections as it takes. Returns the reason for the end, if it must be reported.
    fn listen(&mut self, output: &mut impl Output) -> Option<EndReason> {
        loop {
            let end = socket::run(&mut self.websocket, &self.state, output);
            let goodbye = self.state.timeouts.goodbye;
            socket::part(&mut self.websocket, &self.session, goodbye, &end);
            if self.state.lose() >= self.state.timeouts.retry_most {
                self.attempts = 0;
            }
            output.refresh();
            let why = self.outcome(end)?;
            if !self.state.reconnects || !why.is_lost() {
                return Some(why);
            }
            let (target, attempts) = (&mut self.target, &mut self.attempts);
            match reconnect(&self.state, target, attempts, &why, output) {
                Ok(opened) => (self.session, self.websocket) = opened,
                Err(why) => return self.outcome(why),
            }
        }
    }

    /// The reason for the end of a connection, or `None` if there is nothing to report. Our own reason to leave has
    /// priority over what the server did after it.
    fn outcome(&self, end: EndReason) -> Option<EndReason> {
        let why = match end {
            EndReason::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return None,
            EndReason::Output(_) => return Some(end),
            end => match self.state.take_exit_reason() {
                Some(reason) => reason,
                // A stalled connection is shut down, and its read may then end in many ways.
                None if self.session.has_stalled() => EndReason::Stalled(self.state.timeouts.write),
                None => end,
            },
        };
        let is_done = self.state.unfinished() == (0, 0);
        match why {
            EndReason::Asked | EndReason::Done if is_done => None,
            EndReason::Closed {
                close: Some(close), ..
            } if close.code == CloseCode::Normal => (!is_done).then_some(EndReason::Done),
            why => Some(why),
        }
    }
}
