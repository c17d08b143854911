//! A client from its first connection to its last.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::Sender;
use tungstenite::WebSocket;

use crate::client::end;
use crate::client::end::{End, outcome};
use crate::client::leaving::Handle;
use crate::client::limits::Limits;
use crate::client::lost::{Lost, Why};
use crate::client::opening::failure::NotConnected;
use crate::client::opening::open;
use crate::client::opening::url::Url;
use crate::client::reconnect::{key, reconnect};
use crate::client::session::Session;
use crate::client::show::{Plain, Show};
use crate::client::talk::{Leaving, Talk};
use crate::client::wire::Wire;
use crate::client::{socket, stdin};

/// A client that is connected.
#[derive(Debug)]
pub struct Client {
    pub(super) talk: Arc<Talk>,
    url: Url,
    session: Arc<Session>,
    websocket: WebSocket<Wire>,
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
    /// Why there is no connection, after at most [`Limits::connect`].
    pub fn connect(url: &Url, limits: Limits) -> Result<Client, NotConnected> {
        Client::new(url.clone(), limits, false)
    }

    /// The same, but a connection that is lost is made anew. It comes with a random key, unless the URL has one.
    ///
    /// # Errors
    /// Why there is no first connection.
    pub fn connect_to_stay(url: &Url, limits: Limits) -> Result<Client, NotConnected> {
        Client::new(url.clone().with("key", &key()), limits, true)
    }

    fn new(url: Url, limits: Limits, reconnects: bool) -> Result<Client, NotConnected> {
        let (session, websocket) = open(&url, &limits)?;
        let (heard, words) = crossbeam_channel::bounded(1);
        let (alive, over) = crossbeam_channel::bounded(0);
        let talk = Arc::new(Talk::new(limits, reconnects, words, over));
        // Without `since`, the first line is a live one, and nothing that was said before can be mistaken for ours.
        talk.begin(&session, reconnects || url.has("since"));
        Ok(Client {
            talk,
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
        Handle(Arc::clone(&self.talk))
    }

    /// Sends the lines of `input`, from a thread of its own, and prints what comes to `output`, until the connection
    /// ends for good.
    ///
    /// `Ok` if it ended as it should: all of the input was sent and has its receipts, or [`Handle::leave`] was called,
    /// or the reader of the output is gone.
    ///
    /// # Errors
    /// What ended it otherwise.
    pub fn run(self, input: impl Read + Send + 'static, output: impl Write) -> Result<(), Lost> {
        self.run_painted(input, output, false)
    }

    /// The same, with colors if `paints`.
    ///
    /// # Errors
    /// The same.
    pub fn run_painted(
        self,
        input: impl Read + Send + 'static,
        output: impl Write,
        paints: bool,
    ) -> Result<(), Lost> {
        let mut show = Plain::painted(output, paints);
        self.run_with(|talk| stdin::run(talk, input), &mut show)
    }

    pub(super) fn run_with(
        mut self,
        stdin: impl FnOnce(&Arc<Talk>) + Send + 'static,
        show: &mut impl Show,
    ) -> Result<(), Lost> {
        let talk = Arc::clone(&self.talk);
        let stdin = thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || stdin(&talk));
        let why = match stdin {
            Ok(_) => self.listen(show),
            Err(error) => Some(Why::Thread(error)),
        };
        // Only now may whoever waits for us go on: the server has had its time.
        drop(self.alive);
        let state = self.talk.state();
        let (uncertain, unsent) = match state.is_receipted {
            true => (0, 0),
            false => (
                state.memory.ledger.uncertain(),
                state.memory.ledger.unsent(),
            ),
        };
        drop(state);
        why.map_or(Ok(()), |why| {
            Err(Lost {
                why,
                uncertain,
                unsent,
            })
        })
    }

    /// Shows what comes, over as many connections as it takes. Returns what to tell about the end, if not all is well.
    fn listen(&mut self, show: &mut impl Show) -> Option<Why> {
        loop {
            let end = socket::run(&mut self.websocket, &self.talk, &self.heard, show);
            end::part(
                &mut self.websocket,
                &self.session,
                self.talk.limits.goodbye,
                &end,
            );
            if self.talk.lose() {
                self.attempts = 0;
            }
            let why = outcome(end, &self.talk, &self.session)?;
            if !self.talk.reconnects || !why.is_lost() {
                return Some(why);
            }
            match reconnect(&self.talk, &self.url, &mut self.attempts, &why, show) {
                Ok(Some(opened)) => (self.session, self.websocket) = opened,
                Ok(None) => {
                    self.tell_what_stays_unsaid(show);
                    return outcome(End::Gone(None), &self.talk, &self.session);
                }
                Err(why) => return Some(why),
            }
        }
    }

    /// Whoever asks to leave gets exit code 0, and should know what he leaves behind.
    fn tell_what_stays_unsaid(&self, show: &mut impl Show) {
        let waiting = self
            .talk
            .memory(|memory| memory.ledger.uncertain() + memory.ledger.unsent());
        match (self.talk.leaving(), waiting) {
            (Some(Leaving::Asked), 1) => show.state("1 line was not sent"),
            (Some(Leaving::Asked), 2..) => show.state(&format!("{waiting} lines were not sent")),
            _ => {}
        }
    }
}
