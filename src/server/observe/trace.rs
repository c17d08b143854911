//! With `--show-wire`, shows on stdout what goes over the wire: HTTP heads as text, and one line for each body or
//! frame.
//!
//! The thread that has read or sent bytes turns them into text, and the thread `trace` writes the text. So only `trace`
//! waits while nothing reads stdout. If the channel of `trace` is full, new text is dropped and counted. Connections
//! beyond `--max-connections` are turned away, and the trace does not show them. The trace also hides the secrets in a
//! head: keys, cookies and passwords. If a connection ends within the shown part of a head, body or frame, that part is
//! only counted.

pub mod stream;
pub mod text;

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::base::color::Color;
use crate::base::id::ClientId;
use crate::base::supervisor::Supervisor;
use crate::server::observe::lossy_queue::{LossyQueue, Queued};
use crate::server::observe::trace::stream::TracedStream;
use crate::server::observe::trace::text::{ARROWS, COLORED_ARROWS, LEGEND};

/// The sending end of the trace, shared by all connections.
#[derive(Clone, Debug)]
pub struct WireTrace {
    texts: LossyQueue<String>,
    start: Instant,
    /// The arrows for the two directions, in color or plain.
    arrows: [&'static str; 2],
}

impl WireTrace {
    /// Starts the thread `trace`. It ends once the server and all connections end, or if a write to stdout fails.
    ///
    /// # Errors
    /// Fails if the thread cannot be started.
    pub(crate) fn start(supervisor: &Supervisor) -> io::Result<WireTrace> {
        let texts = LossyQueue::start(supervisor, "trace", |text| match text {
            Queued::Item(text) => writeln!(io::stdout(), "{text}"),
            Queued::Lost(lost) => writeln!(
                io::stdout(),
                "... {lost} more are not shown: the reader of this output is too slow"
            ),
        })?;
        texts.push(LEGEND.to_owned());
        let has_color = Color::Auto.is_enabled(io::stdout().is_terminal());
        Ok(WireTrace {
            texts,
            start: Instant::now(),
            arrows: if has_color { COLORED_ARROWS } else { ARROWS },
        })
    }

    /// Creates the trace of a connection that has just been accepted, and shows that `peer` has opened it.
    pub(crate) fn connection(&self, id: ClientId, peer: SocketAddr) -> Box<ConnectionTrace> {
        let trace = Box::new(ConnectionTrace {
            trace: self.clone(),
            id,
            streams: Mutex::default(),
        });
        trace.show(&format!("opened by {peer}"));
        trace
    }
}

/// The direction of a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// The locked streams of a connection, indexed by [`Direction`]. A thread that holds this lock never waits for a peer.
pub type Streams<'a> = MutexGuard<'a, [TracedStream; 2]>;

/// The trace of one connection.
#[derive(Debug)]
pub struct ConnectionTrace {
    trace: WireTrace,
    id: ClientId,
    streams: Mutex<[TracedStream; 2]>,
}

impl ConnectionTrace {
    /// Locks the streams. Call this before a non-blocking send, so that the trace shows the send before the peer's
    /// reply.
    pub(crate) fn lock(&self) -> Streams<'_> {
        // A panic may leave a stream in a wrong state, which affects only the trace of this connection.
        let streams = self.streams.lock();
        streams.unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows bytes that were read or sent.
    pub(crate) fn on_bytes(&self, direction: Direction, bytes: &[u8], mut streams: Streams<'_>) {
        let arrow = self.trace.arrows[direction as usize];
        for text in streams[direction as usize].trace(bytes) {
            self.show(&format!("{arrow} {text}"));
        }
    }

    /// Puts the time in seconds and the connection's name before `text`, and sends the result to the thread `trace`.
    fn show(&self, text: &str) {
        let seconds = self.trace.start.elapsed().as_secs_f64();
        let connection = format!("conn-{}", self.id);
        let text = format!("{seconds:8.3} {connection:<7} {text}");
        self.trace.texts.push(text);
    }
}

impl Drop for ConnectionTrace {
    /// Shows the end of the connection, after the last thread has dropped the connection's socket.
    fn drop(&mut self) {
        let streams = self.lock();
        let [received, sent] = [streams[0].length(), streams[1].length()];
        self.show(&format!("closed: → {received} bytes, ← {sent} bytes"));
    }
}
