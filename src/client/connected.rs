//! A client from its first connection to its last.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::Sender;
use tungstenite::WebSocket;

use super::{socket, stdin};
use crate::client::connect::client_stream::ClientStream;
use crate::client::connect::error::ConnectError;
use crate::client::connect::open;
use crate::client::connect::session::Session;
use crate::client::connect::url::Url;
use crate::client::loss_cause::LossCause;
use crate::client::lost_connection::LostConnection;
use crate::client::outcome::outcome;
use crate::client::output::{Output, PlainOutput};
use crate::client::read_end::{self, ReadEnd};
use crate::client::reconnect::{key, reconnect};
use crate::client::state::ClientState;
use crate::client::state::exit_reason::ExitReason;
use crate::client::state::leave::Handle;
use crate::client::timeouts::Timeouts;

/// A client that is connected.
#[derive(Debug)]
pub struct Client {
    pub(super) state: Arc<ClientState>,
    url: Url,
    session: Arc<Session>,
    websocket: WebSocket<ClientStream>,
    /// How often we have tried to connect since the last connection that was of use.
    attempts: u32,
    /// Gets a word of each frame.
    heard: Sender<()>,
    /// Disconnects when the client has ended: nothing is ever sent.
    alive: Sender<Infallible>,
}

impl Client {
    /// Connects and makes the handshake. When this connection ends, the client does.
    ///
    /// # Errors
    /// Why there is no connection, after at most [`Timeouts::connect`].
    pub fn connect(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
        Client::new(url.clone(), timeouts, false)
    }

    /// The same, but a connection that is lost is made anew. It comes with a random key, unless the URL has one.
    ///
    /// # Errors
    /// Why there is no first connection.
    pub fn connect_to_stay(url: &Url, timeouts: Timeouts) -> Result<Client, ConnectError> {
        Client::new(url.clone().with("key", &key()), timeouts, true)
    }

    fn new(url: Url, timeouts: Timeouts, reconnects: bool) -> Result<Client, ConnectError> {
        let (session, websocket) = open(&url, &timeouts)?;
        let (heard, words) = crossbeam_channel::bounded(1);
        let (alive, over) = crossbeam_channel::bounded(0);
        let state = Arc::new(ClientState::new(timeouts, reconnects, words, over));
        // Without `since`, the first line is a live one, and nothing that was said before can be mistaken for ours.
        state.begin(&session, reconnects || url.has("since"));
        Ok(Client {
            state,
            url,
            session,
            websocket,
            attempts: 0,
            heard,
            alive,
        })
    }

    /// What another thread ends this client with.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.state))
    }

    /// Sends the lines of `input`, from a thread of its own, and prints what comes to `output`, until the connection
    /// ends for good.
    ///
    /// `Ok` if it ended as it should: all of the input was sent and has its receipts, or [`Handle::leave`] was called,
    /// or the reader of the output is gone.
    ///
    /// # Errors
    /// What ended it otherwise.
    pub fn run(
        self,
        input: impl Read + Send + 'static,
        output: impl Write,
    ) -> Result<(), LostConnection> {
        self.run_painted(input, output, false)
    }

    /// The same, with colours if `paints`.
    ///
    /// # Errors
    /// The same.
    pub fn run_painted(
        self,
        input: impl Read + Send + 'static,
        output: impl Write,
        paints: bool,
    ) -> Result<(), LostConnection> {
        let mut show = PlainOutput::painted(output, paints);
        self.run_with(|state| stdin::run(state, input), &mut show)
    }

    pub(super) fn run_with(
        mut self,
        stdin: impl FnOnce(&Arc<ClientState>) + Send + 'static,
        show: &mut impl Output,
    ) -> Result<(), LostConnection> {
        let state = Arc::clone(&self.state);
        let stdin = thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || stdin(&state));
        let why = match stdin {
            Ok(_) => self.listen(show),
            Err(error) => Some(LossCause::Thread(error)),
        };
        // Only now may whoever waits for us go on: the server has had its time.
        drop(self.alive);
        let state = self.state.lock();
        let (uncertain, unsent) = match state.is_receipted {
            true => (0, 0),
            false => (
                state.resume.pending.uncertain(),
                state.resume.pending.unsent(),
            ),
        };
        drop(state);
        why.map_or(Ok(()), |why| {
            Err(LostConnection {
                why,
                uncertain,
                unsent,
            })
        })
    }

    /// Shows what comes, over as many connections as it takes. Returns what to tell about the end, if not all is well.
    fn listen(&mut self, show: &mut impl Output) -> Option<LossCause> {
        loop {
            let end = socket::run(&mut self.websocket, &self.state, &self.heard, show);
            read_end::part(
                &mut self.websocket,
                &self.session,
                self.state.timeouts.goodbye,
                &end,
            );
            if self.state.lose() {
                self.attempts = 0;
            }
            let why = outcome(end, &self.state, &self.session)?;
            if !self.state.reconnects || !why.is_lost() {
                return Some(why);
            }
            match reconnect(&self.state, &self.url, &mut self.attempts, &why, show) {
                Ok(Some(opened)) => (self.session, self.websocket) = opened,
                Ok(None) => {
                    self.tell_what_stays_unsaid(show);
                    return outcome(ReadEnd::Gone(None), &self.state, &self.session);
                }
                Err(why) => return Some(why),
            }
        }
    }

    /// Whoever asks to leave gets exit code 0, and should know what he leaves behind.
    fn tell_what_stays_unsaid(&self, show: &mut impl Output) {
        let waiting = self
            .state
            .resume(|resume| resume.pending.uncertain() + resume.pending.unsent());
        match (self.state.exit_reason(), waiting) {
            (Some(ExitReason::Asked), 1) => show.state("1 line was not sent"),
            (Some(ExitReason::Asked), 2..) => show.state(&format!("{waiting} lines were not sent")),
            _ => {}
        }
    }
}
