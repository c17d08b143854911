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
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use conversation::Conversation;
use show::{Direction, Show, What};

use super::socket::ClientId;
use super::stop::vital::Vital;
use crate::colour::Colour;

/// How much may wait to be shown: 4,096 frames or heads, and as many that are being written. A terminal that is slower than the chat sees fewer.
pub const MAX_WAITING: usize = 4096;

/// How long what is to be shown is gathered: 10 ms. Two threads may hand over an answer before what it answers, so what is
/// gathered is put in the order of its time.
const GATHERED: Duration = Duration::from_millis(10);

/// A tap on the wires of all connections.
#[derive(Clone, Debug)]
pub struct Tap {
    shown: Sender<Show>,
    lost: Arc<AtomicU64>,
}

impl Tap {
    /// Starts the thread that writes to stdout. It ends with the last connection, or when stdout is closed.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn start(vital: &Vital) -> io::Result<Tap> {
        let (shown, inbox) = bounded(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let theirs = Arc::clone(&lost);
        vital.spawn("tap", move || {
            let stdout = io::stdout();
            let paints = Colour::Auto.paints(stdout.is_terminal());
            // Whoever has closed stdout wants to see no more. Nothing else is wrong.
            let _ = write(&inbox, &theirs, BufWriter::new(stdout), paints);
        })?;
        Ok(Tap { shown, lost })
    }

    /// The tap on a connection that has just been accepted.
    pub fn connection(&self, id: ClientId, peer: SocketAddr) -> Box<Tapped> {
        let tapped = Box::new(Tapped {
            tap: self.clone(),
            id,
            conversation: Mutex::default(),
        });
        tapped.show(Instant::now(), What::Opened(peer));
        tapped
    }
}

/// The tap on one connection.
#[derive(Debug)]
pub struct Tapped {
    tap: Tap,
    id: ClientId,
    // Held while bytes are taken apart, and never while anything is waited for.
    conversation: Mutex<Conversation>,
}

impl Tapped {
    /// Shows what has been read.
    pub fn received(&self, bytes: &[u8]) {
        let at = Instant::now();
        for seen in self.conversation().received(bytes) {
            self.show(at, What::Seen(Direction::ToServer, seen));
        }
    }

    /// Shows what has been sent. `at` is a time before the peer can have answered it, if somebody took it.
    pub fn sent(&self, bytes: &[u8], at: Option<Instant>) {
        let at = at.unwrap_or_else(Instant::now);
        for seen in self.conversation().sent(bytes) {
            self.show(at, What::Seen(Direction::ToClient, seen));
        }
    }

    fn conversation(&self) -> MutexGuard<'_, Conversation> {
        // Whatever a panic has left here, it is only for show.
        self.conversation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, at: Instant, what: What) {
        let connection = self.id;
        let show = Show {
            at,
            connection,
            what,
        };
        if self.tap.shown.try_send(show).is_err() {
            self.tap.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Tapped {
    /// The last thread has let go of the socket.
    fn drop(&mut self) {
        let at = Instant::now();
        let ([to_server, to_client], (received, sent)) = {
            let conversation = self.conversation();
            (conversation.end(), conversation.bytes())
        };
        for (direction, rest) in [
            (Direction::ToServer, to_server),
            (Direction::ToClient, to_client),
        ] {
            rest.into_iter()
                .for_each(|rest| self.show(at, What::Seen(direction, rest)));
        }
        self.show(at, What::Closed { received, sent });
    }
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
        let mut gathered = vec![first];
        let due = Instant::now() + GATHERED;
        while let Ok(show) = inbox.recv_deadline(due) {
            gathered.push(show);
            if gathered.len() == MAX_WAITING {
                break;
            }
        }
        gathered.sort_by_key(|show| show.at);
        for show in &gathered {
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
