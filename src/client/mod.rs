//! The client: two threads that block, and one socket.
//!
//! ```text
//!   input ───►  stdin          reads lines; sends each as a frame and may wait for the server with that
//!                 │
//!             write side ───►  server       a lock for one whole frame at a time, and a slot beside it
//!                 │
//!   output ◄──  main      ◄──  server       the socket thread: prints what comes, answers Pings, never waits for stdin
//! ```
//!
//! The third thread that one sees, `ctrl-c`, is the ctrlc crate's own; it starts one that says goodbye and is gone in
//! three seconds. While connecting, `resolve` is in the system's resolver.
//!
//! # Where to read
//! - The one lock around I/O in this project, and why nobody waits for ever: [`write_side`].
//! - One line's way out and back: [`stdin`], [`session`], [`write_side`]; then [`wire`], [`socket`].
//! - How a connection begins: [`url`], [`connect`], [`handshake`]. How it ends: [`session`], [`end`], [`failure`].
//!
//! # Every wait and what ends it
//! | thread | waits for | what ends the wait |
//! |---|---|---|
//! | main | the address, a connection, the 101 | all together: [`Limits::connect`] |
//! | main | a frame | the frame; the end of the connection; [`session::Session::shutdown`]; a machine that is gone: TCP keepalive, 2 minutes |
//! | main | its output | the reader, by reading or closing; Ctrl-C, which then ends the process (see the binary) |
//! | main | the end of the stream after a Close | [`Limits::goodbye`] |
//! | stdin | a line | the line, or the end of the input; else it is left behind when the process ends |
//! | stdin | the lock | its holder: the others never wait while they have it |
//! | stdin | the server, in `write(2)` | the server, by reading; [`Limits::write`]; the end of the connection |
//! | stdin | the last receipt | the Pong; [`Limits::receipts`] without a word from the server |
//! | stdin, goodbye | the socket thread's end | [`Limits::goodbye`], then they shut the socket down |

pub mod connect;
pub mod end;
pub mod failure;
pub mod handshake;
pub mod limits;
pub mod receipts;
pub mod session;
pub mod socket;
pub mod stdin;
pub mod url;
pub mod wire;
pub mod write_side;

use std::convert::Infallible;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::Sender;
use tungstenite::WebSocket;

use connect::Budget;
use end::End;
use failure::{Lost, NotConnected, Why};
pub use limits::Limits;
use receipts::Receipts;
pub use session::Handle;
use session::{Leaving, Session};
use url::Url;
use wire::Wire;

/// A client that is connected.
#[derive(Debug)]
pub struct Client {
    session: Arc<Session>,
    websocket: WebSocket<Wire>,
    /// Disconnects when the client has ended: nothing is ever sent.
    alive: Sender<Infallible>,
    handle: Handle,
}

impl Client {
    /// Connects and makes the handshake.
    ///
    /// # Errors
    /// Why there is no connection, after at most [`Limits::connect`].
    pub fn connect(url: &Url, limits: Limits) -> Result<Client, NotConnected> {
        let budget = Budget::new(limits.connect);
        let stream = connect::connect(url, &budget)?;
        let unread = handshake::shake_hands(&stream, url, &budget)?;
        stream
            .set_write_timeout(Some(limits.write))
            .map_err(NotConnected::System)?;

        let stream = Arc::new(stream);
        let session = Arc::new(Session::new(Arc::clone(&stream), limits));
        let (alive, over) = crossbeam_channel::bounded(0);
        Ok(Client {
            websocket: Wire::websocket(Arc::clone(&session), stream, unread),
            handle: Handle {
                session: Arc::clone(&session),
                over,
            },
            session,
            alive,
        })
    }

    /// What another thread ends this client with.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Sends the lines of `input`, from a thread of its own, and prints what comes to `output`, until the connection
    /// ends.
    ///
    /// `Ok` if it ended as it should: all of the input was sent and has its receipts, or [`Handle::leave`] was called,
    /// or the reader of the output is gone.
    ///
    /// # Errors
    /// What ended it otherwise.
    pub fn run(
        mut self,
        input: impl Read + Send + 'static,
        mut output: impl Write,
    ) -> Result<(), Lost> {
        let (heard_sender, heard) = crossbeam_channel::bounded(1);
        let (session, over) = (Arc::clone(&self.session), self.handle.over.clone());
        thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || stdin::run(&session, input, &heard, &over))
            .map_err(|error| Lost {
                why: Why::Thread(error),
                uncertain: 0,
            })?;
        let mut receipts = Receipts::default();
        let end = socket::run(
            &mut self.websocket,
            &self.session,
            &mut receipts,
            &heard_sender,
            &mut output,
        );
        end::part(&mut self.websocket, &self.session, &end);
        // Only now may whoever waits for us go on: the server has had its time.
        drop(self.alive);
        let uncertain = match self.session.is_receipted() {
            true => 0,
            false => receipts.missing(self.session.sent()),
        };
        outcome(end, &self.session).map_or(Ok(()), |why| Err(Lost { why, uncertain }))
    }
}

/// What to tell about the end, or `None` if all is well. What we wanted ourselves comes before what the server did
/// then.
fn outcome(end: End, session: &Session) -> Option<Why> {
    let limits = session.limits();
    match (session.leaving(), end) {
        (_, End::Output(error)) if error.kind() == ErrorKind::BrokenPipe => None,
        (_, End::Output(error)) => Some(Why::Output(error)),
        (Some(Leaving::Asked | Leaving::EndOfInput { skipped: 0 }), _) => None,
        (Some(Leaving::EndOfInput { skipped }), _) => Some(Why::Skipped(*skipped)),
        (Some(Leaving::NoReceipts), _) => Some(Why::NoReceipts(limits.receipts)),
        (Some(Leaving::Input(error)), _) => {
            Some(Why::Input(io::Error::new(error.kind(), error.to_string())))
        }
        (Some(Leaving::Stalled), _) => Some(Why::Stalled(limits.write)),
        (None, End::Closed(close)) => Some(Why::Closed {
            code: close.as_ref().map(|close| close.code.into()),
            reason: close
                .map(|close| close.reason.to_string())
                .unwrap_or_default(),
        }),
        (None, End::Gone(error)) => Some(Why::Gone(error)),
        (None, End::Refused(_, error)) => Some(Why::Refused(error)),
    }
}

/// Says something on stderr that does not end the client. If stderr is closed, there is nobody to tell.
fn complain(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "chat-client: {what}");
}
