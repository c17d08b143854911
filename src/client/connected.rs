//! A client from its first connection to its last.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use tungstenite::WebSocket;

use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::error::ConnectError;
use crate::client::connect::session::Session;
use crate::client::connect::target::Target;
use crate::client::connect::url::Url;
use crate::client::loss_cause::LossCause;
use crate::client::lost_connection::LostConnection;
use crate::client::outcome::outcome;
use crate::client::output::style::Style;
use crate::client::output::{Output, PlainOutput};
use crate::client::read_end;
use crate::client::read_end::ReadEnd;
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
    /// Connects and makes the handshake. When this connection ends, the client does.
    ///
    /// # Errors
    /// Why there is no connection, after at most [`Timeouts::connect`].
    pub fn connect(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
        Client::connect_to(Target::new([url.clone()]), timeouts, false)
    }

    /// The same, but a connection that is lost is made anew.
    ///
    /// # Errors
    /// Why there is no first connection.
    pub fn connect_to_stay(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
        Client::connect_to(Target::new([url.clone()]), timeouts, true)
    }

    /// Connects to a target. With `reconnects`, a connection that is lost is made anew, and a room of ours is asked
    /// with a random key, unless its URL has one.
    ///
    /// # Errors
    /// Why there is no first connection, after at most [`Timeouts::connect`] for each URL.
    pub fn connect_to(
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

    /// What another thread ends this client with.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.state))
    }

    /// Sends the lines of `input` as they are, from a thread of its own, and prints what comes to `output`, until the
    /// connection ends for good.
    ///
    /// `Ok` if it ended as it should: all of the input was sent and has its receipts, or [`Handle::leave`] was called
    /// when nothing was pending, or the reader of the output is gone.
    ///
    /// # Errors
    /// What ended it otherwise.
    pub fn run(
        self,
        input: impl Read + Send + 'static,
        output: impl Write,
    ) -> Result<(), LostConnection> {
        let output = PlainOutput::new(output, Style::default());
        self.run_with(input, output, InputOptions::default())
    }

    /// The same, with more choices.
    ///
    /// # Errors
    /// The same.
    pub fn run_with(
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
    /// What ended it, but for [`Handle::leave`] and the reader of the output.
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
            Err(error) => Some(LossCause::Thread(error)),
        };
        // Only now may the threads that wait for us go on: the server has had its time.
        self.state.end();
        let (uncertain, unsent) = self.state.unfinished();
        let uncertain = uncertain + self.state.reported();
        why.map_or(Ok(()), |why| {
            Err(LostConnection {
                why,
                uncertain,
                unsent,
            })
        })
    }

    /// Shows what comes, over as many connections as it takes. Returns what to tell about the end, if not all is well.
    fn listen(&mut self, output: &mut impl Output) -> Option<LossCause> {
        loop {
            let end = socket::run(&mut self.websocket, &self.state, output);
            let goodbye = self.state.timeouts.goodbye;
            read_end::part(&mut self.websocket, &self.session, goodbye, &end);
            if self.state.lose() >= self.state.timeouts.retry_most {
                self.attempts = 0;
            }
            output.refresh();
            let why = outcome(end, &self.state, &self.session)?;
            if !self.state.reconnects || !why.is_lost() {
                return Some(why);
            }
            let (target, attempts) = (&mut self.target, &mut self.attempts);
            match reconnect(&self.state, target, attempts, &why, output) {
                Ok(Some(opened)) => (self.session, self.websocket) = opened,
                Ok(None) => return outcome(ReadEnd::Gone(None), &self.state, &self.session),
                Err(why) => return Some(why),
            }
        }
    }
}
