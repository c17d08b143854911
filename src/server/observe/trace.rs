//! Shows on stdout what goes over the wire, with `--show-wire`: handshakes as text, and one line for each frame.
//!
//! The thread that has read or sent bytes turns them into text, and the thread `trace` writes it. So only that thread waits
//! while nothing reads stdout. Text that finds its channel full is lost, and counted. A connection that is turned away
//! because too many are open is not shown. Keys of names, cookies and passwords in a head are not shown either.

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
use crate::server::observe::trace::stream::TracedStream;

/// How many texts may wait for stdout: 4,096. Each is a head, a body or a frame.
pub const MAX_WAITING: usize = 4096;

/// The sending end of the trace, shared by all connections.
#[derive(Clone, Debug)]
pub struct WireTrace {
    texts: Sender<String>,
    lost: Arc<AtomicU64>,
    start: Instant,
}

impl WireTrace {
    /// Starts the thread `trace`. It ends after the last connection, or when stdout is closed.
    ///
    /// # Errors
    /// The errors of starting a thread.
    pub(crate) fn start(supervisor: &Supervisor) -> io::Result<WireTrace> {
        let (texts, inbox) = bounded(MAX_WAITING);
        let (lost, start) = (Arc::default(), Instant::now());
        let counted = Arc::clone(&lost);
        supervisor.spawn("trace", move || {
            // A write fails when the reader has closed stdout. Then there is nothing more to show.
            let _ = write(&inbox, &counted);
        })?;
        Ok(WireTrace { texts, lost, start })
    }

    /// Makes the trace of a connection that has just been accepted.
    pub(crate) fn connection(&self, id: ClientId, peer: SocketAddr) -> Box<ConnectionTrace> {
        let streams = [Direction::ToServer, Direction::ToClient].map(TracedStream::new);
        let trace = Box::new(ConnectionTrace {
            trace: self.clone(),
            id,
            streams: Mutex::new(streams),
        });
        trace.show(&format!("opened by {peer}"));
        trace
    }
}

/// The two streams of a connection, by [`Direction`]. No thread holds them while it waits for a peer.
pub type Streams<'a> = MutexGuard<'a, [TracedStream; 2]>;

/// The trace of one connection.
#[derive(Debug)]
pub struct ConnectionTrace {
    trace: WireTrace,
    id: ClientId,
    streams: Mutex<[TracedStream; 2]>,
}

impl ConnectionTrace {
    /// Locks the streams. Lock them before a send that does not wait: then the reply to it is shown after it.
    pub(crate) fn lock(&self) -> Streams<'_> {
        // A panic may leave a stream half traced, which affects only the trace of this connection.
        let streams = self.streams.lock();
        streams.unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows bytes that were read or sent.
    pub(crate) fn passed(&self, direction: Direction, bytes: &[u8], mut streams: Streams<'_>) {
        for text in streams[direction as usize].trace(bytes) {
            self.show(&text);
        }
    }

    fn show(&self, text: &str) {
        let WireTrace { texts, lost, start } = &self.trace;
        let text = text::with_time(start.elapsed(), self.id, text);
        if texts.try_send(text).is_err() {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for ConnectionTrace {
    /// Shows the end: the last thread has dropped the socket.
    fn drop(&mut self) {
        let [to_server, to_client] = &*self.lock();
        for rest in [to_server.rest(), to_client.rest()].iter().flatten() {
            self.show(rest);
        }
        let (received, sent) = (to_server.length(), to_client.length());
        self.show(&format!("closed: → {received} bytes, ← {sent} bytes"));
    }
}

/// Writes texts until the last sender is dropped.
fn write(texts: &Receiver<String>, lost: &AtomicU64) -> io::Result<()> {
    let stdout = io::stdout();
    let has_color = Color::Auto.paints(stdout.is_terminal());
    let mut out = BufWriter::new(stdout);
    writeln!(out, "{}", text::for_output(text::legend(), has_color))?;
    out.flush()?;
    while let Ok(first) = texts.recv() {
        // Texts are lost only while the channel is full, so the notice belongs after those that wait now.
        let (lost, waiting) = (lost.swap(0, Ordering::Relaxed), texts.len());
        for text in iter::once(first).chain(texts.try_iter().take(waiting)) {
            writeln!(out, "{}", text::for_output(text, has_color))?;
        }
        if lost > 0 {
            let notice = "more are not shown: this output is too slow";
            writeln!(out, "... {lost} {notice}")?;
        }
        out.flush()?;
    }
    Ok(())
}
