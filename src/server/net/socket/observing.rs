//! Counts and traces the bytes of a socket.

use crate::server::net::socket::Socket;
use crate::server::observe::counters::ConnectionCounters;
use crate::server::observe::trace::{ConnectionTrace, Direction, Streams};

impl Socket {
    /// Returns the counters of this connection.
    pub(crate) fn counters(&self) -> &ConnectionCounters {
        &self.counters
    }

    /// Counts and traces bytes that have arrived.
    pub(super) fn on_received(&self, bytes: &[u8]) {
        self.counters.count_received(bytes.len());
        if let Some(trace) = &self.trace {
            trace.on_bytes(Direction::ToServer, bytes, trace.lock());
        }
    }

    /// Locks the trace before a non-blocking send, so that it shows the send before the reply. `None` without a trace.
    pub(crate) fn begin_sending(&self) -> Option<Streams<'_>> {
        self.trace.as_deref().map(ConnectionTrace::lock)
    }

    /// Counts and traces bytes that were sent. `sending` is the lock from `begin_sending`, if the caller has it.
    pub(crate) fn on_sent(&self, bytes: &[u8], sending: Option<Streams<'_>>) {
        self.counters.count_sent(bytes.len());
        if let Some(trace) = &self.trace {
            let streams = sending.unwrap_or_else(|| trace.lock());
            trace.on_bytes(Direction::ToClient, bytes, streams);
        }
    }
}
