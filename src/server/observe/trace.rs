//! Shows on stdout what goes over the wire, with `--show-wire`: handshakes as text, and one line for each frame.
//!
//! Without the option, a read or a send costs only one more check of an `Option`. With it, the thread that has read or
//! sent bytes turns them into text. The thread `trace` writes the text, because it has to wait while nothing reads
//! stdout. The other threads never wait for it: text that finds the channel full is lost, and counted. A connection
//! that is turned away with a 503 has no number, and is not shown.

pub mod direction;
pub mod stream;
pub mod text;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::iter;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::color::Color;
use crate::base::id::ClientId;
use crate::base::supervisor::Supervisor;
use crate::server::observe::trace::direction::Direction;
use crate::server::observe::trace::stream::Stream;

/// How many heads and frames may wait for stdout: 4,096. While they are written, as many more may wait.
pub const MAX_WAITING: usize = 4096;

/// The sending end of the trace, shared by all connections.
#[derive(Clone, Debug)]
pub struct WireTrace {
    texts: Sender<String>,
    lost: Arc<AtomicU64>,
    start: Instant,
    colors: bool,
}

impl WireTrace {
    /// Starts the thread `trace`. It ends after the last connection, or when stdout is closed.
    ///
    /// # Errors
    /// The errors of starting a thread.
    pub fn start(supervisor: &Supervisor) -> io::Result<WireTrace> {
        let (texts, inbox) = bounded(MAX_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let (counted, stdout) = (Arc::clone(&lost), io::stdout());
        let colors = Color::Auto.paints(stdout.is_terminal());
        supervisor.spawn("trace", move || {
            // A write fails when the reader has closed stdout. Then there is nothing more to show.
            let _ = write(&inbox, &counted, BufWriter::new(stdout), colors);
        })?;
        let start = Instant::now();
        Ok(WireTrace {
            texts,
            lost,
            start,
            colors,
        })
    }

    /// Makes the trace of a connection that has just been accepted.
    pub fn connection(&self, id: ClientId, peer: SocketAddr) -> Box<ConnectionTrace> {
        let directions = Directions {
            to_server: Stream::new(Direction::ToServer, self.colors),
            to_client: Stream::new(Direction::ToClient, self.colors),
        };
        let trace = Box::new(ConnectionTrace {
            trace: self.clone(),
            id,
            directions: Mutex::new(directions),
        });
        trace.show(&format!("opened by {peer}"));
        trace
    }
}

/// The trace of one connection.
#[derive(Debug)]
pub struct ConnectionTrace {
    trace: WireTrace,
    id: ClientId,
    /// No thread holds it while it waits for a peer.
    directions: Mutex<Directions>,
}

#[derive(Debug)]
struct Directions {
    to_server: Stream,
    to_client: Stream,
}

impl ConnectionTrace {
    /// Shows bytes that were read.
    pub fn received(&self, bytes: &[u8]) {
        for text in self.lock().to_server.trace(bytes) {
            self.show(&text);
        }
    }

    /// Begins a send that does not wait. Until its end, no read of this connection is shown.
    pub fn sending(&self) -> Sending<'_> {
        Sending {
            trace: self,
            directions: self.lock(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Directions> {
        // A panic may leave a stream half traced, which affects only the trace of this connection.
        let directions = self.directions.lock();
        directions.unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, what: &str) {
        let WireTrace {
            texts,
            lost,
            start,
            colors,
        } = &self.trace;
        let text = text::at(start.elapsed(), self.id, what, *colors);
        if texts.try_send(text).is_err() {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for ConnectionTrace {
    /// Shows the end: the last thread has dropped the socket.
    fn drop(&mut self) {
        let Directions {
            to_server,
            to_client,
        } = &*self.lock();
        for rest in [to_server.rest(), to_client.rest()].iter().flatten() {
            self.show(rest);
        }
        let (received, sent) = (to_server.length(), to_client.length());
        self.show(&format!("closed: → {received} bytes, ← {sent} bytes"));
    }
}

/// A send that is not shown yet.
#[derive(Debug)]
pub struct Sending<'a> {
    trace: &'a ConnectionTrace,
    directions: MutexGuard<'a, Directions>,
}

impl Sending<'_> {
    /// Shows the bytes that were sent.
    pub fn sent(mut self, bytes: &[u8]) {
        for text in self.directions.to_client.trace(bytes) {
            self.trace.show(&text);
        }
    }
}

/// Writes texts until the last sender is dropped.
fn write(
    texts: &Receiver<String>,
    lost: &AtomicU64,
    mut out: impl Write,
    colors: bool,
) -> io::Result<()> {
    writeln!(out, "{}", text::legend(colors))?;
    out.flush()?;
    while let Ok(first) = texts.recv() {
        // Texts are lost only while the channel is full, so the notice belongs after those that wait now.
        let lost = lost.swap(0, Ordering::Relaxed);
        let waiting: Vec<String> = texts.try_iter().take(MAX_WAITING).collect();
        for text in iter::once(first).chain(waiting) {
            writeln!(out, "{text}")?;
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
