//! What goes over the wire, shown on stdout: each handshake as text, and each frame taken apart.
//!
//! It is off unless `--show-wire` asks for it, and then a read or a send costs one look at an `Option` more. Whoever has
//! read or sent bytes takes them apart, and a thread of its own writes what is to be seen, for it may have to wait for
//! whoever reads stdout. Hub and writers must not: what finds the channel to that thread full is not shown, but counted.
//! Nor is the 503 shown to a connection that there is no place for: it is never read from, and has no number.

pub mod conversation;
pub mod excerpt;
pub mod show;
pub mod stream;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::iter;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::server::observe::trace::conversation::{Between, ToClient, ToServer};
use crate::server::observe::trace::show::{Direction, Show, What};
use crate::server::observe::trace::stream::Seen;

use crate::base::color::Color;
use crate::base::id::ClientId;
use crate::base::supervisor::Supervisor;

/// How much may wait to be shown: 4,096 frames or heads, and as many that are being written. A terminal that is slower
/// than the chat sees fewer.
pub const MAX_WAITING: usize = 4096;

/// A tap on the wires of all connections.
#[derive(Clone, Debug)]
pub struct WireTrace {
    shown: Sender<Show>,
    lost: Arc<AtomicU64>,
}

impl WireTrace {
    /// Starts the thread that writes to stdout. It ends with the last connection, or when stdout is closed.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn start(supervisor: &Supervisor) -> io::Result<WireTrace> {
        let (shown, inbox) = bounded(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let theirs = Arc::clone(&lost);
        supervisor.spawn("trace", move || {
            let stdout = io::stdout();
            let paints = Color::Auto.paints(stdout.is_terminal());
            // Whoever has closed stdout wants to see no more. Nothing else is wrong.
            let _ = write(&inbox, &theirs, BufWriter::new(stdout), paints);
        })?;
        Ok(WireTrace { shown, lost })
    }

    /// The tap on a connection that has just been accepted.
    pub fn connection(&self, id: ClientId, peer: SocketAddr) -> Box<ConnectionTrace> {
        let trace = Box::new(ConnectionTrace {
            trace: self.clone(),
            id,
            to_server: Mutex::default(),
            to_client: Mutex::default(),
            between: Between::default(),
        });
        trace.show(What::Opened(peer));
        trace
    }
}

/// The tap on one connection.
#[derive(Debug)]
pub struct ConnectionTrace {
    trace: WireTrace,
    id: ClientId,
    // Only the connection's own thread takes apart what it reads.
    to_server: Mutex<ToServer>,
    // Held by whoever sends without waiting, from before that until it is shown.
    to_client: Mutex<ToClient>,
    between: Between,
}

impl ConnectionTrace {
    /// Shows what has been read.
    pub fn received(&self, bytes: &[u8]) {
        // The peer may have answered what a writer is sending before that is shown. This thread lets the writer go first;
        // it holds the lock for nothing, so the writer never waits for more than that.
        drop(guard(&self.to_client));
        let mut to_server = guard(&self.to_server);
        for seen in to_server.take_apart(bytes, &self.between) {
            self.show(What::Seen(Direction::ToServer, seen));
        }
    }

    /// Begins to send. What the peer answers is shown after what is sent. Nobody may hold this while he waits.
    pub fn sending(&self) -> Sending<'_> {
        Sending {
            trace: self,
            to_client: guard(&self.to_client),
        }
    }

    fn show_rest(&self, direction: Direction, rest: Option<Seen>) {
        rest.into_iter()
            .for_each(|rest| self.show(What::Seen(direction, rest)));
    }

    fn show(&self, what: What) {
        let show = Show {
            at: Instant::now(),
            connection: self.id,
            what,
        };
        if self.trace.shown.try_send(show).is_err() {
            self.trace.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for ConnectionTrace {
    /// The last thread has let go of the socket.
    fn drop(&mut self) {
        let (received, rest) = guard(&self.to_server).end();
        self.show_rest(Direction::ToServer, rest);
        let (sent, rest) = guard(&self.to_client).end();
        self.show_rest(Direction::ToClient, rest);
        self.show(What::Closed { received, sent });
    }
}

/// A send, until it is shown.
#[derive(Debug)]
pub struct Sending<'a> {
    trace: &'a ConnectionTrace,
    to_client: MutexGuard<'a, ToClient>,
}

impl Sending<'_> {
    /// Shows what has been sent.
    pub fn sent(mut self, bytes: &[u8]) {
        for seen in self.to_client.take_apart(bytes, &self.trace.between) {
            self.trace.show(What::Seen(Direction::ToClient, seen));
        }
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whatever a panic has left in it, it is only for show.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes what comes until nothing more can come.
fn write(
    inbox: &Receiver<Show>,
    lost: &AtomicU64,
    mut out: impl Write,
    paints: bool,
) -> io::Result<()> {
    let began = Instant::now();
    writeln!(out, "{}", show::legend(paints))?;
    out.flush()?;
    while let Ok(first) = inbox.recv() {
        // What was lost until now would have come behind all that waits now.
        let lost = lost.swap(0, Ordering::Relaxed);
        let waiting: Vec<Show> = inbox.try_iter().take(MAX_WAITING).collect();
        for show in iter::once(first).chain(waiting) {
            writeln!(out, "{}", show.to_text(began, paints))?;
        }
        if lost > 0 {
            writeln!(
                out,
                "... {lost} more are not shown: this output is too slow"
            )?;
        }
        out.flush()?;
    }
    Ok(())
}
