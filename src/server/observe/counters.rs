//! Counts what one connection adds to the metrics, such as its bytes in both directions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::observe::disconnect::DisconnectReason;
use crate::server::observe::metrics::{ConnectionKind, Label, Metrics, RefusalLabel, Transport};

/// Counts what one connection adds to the metrics. Its bytes are counted separately for each [`Transport`].
///
/// A read may return the end of one request and the beginning of the next. So bytes that were read are *unclaimed*
/// until a request claims them. Bytes that are written belong to the request that is being served.
#[derive(Debug)]
pub(crate) struct ConnectionCounters {
    metrics: Arc<Metrics>,
    /// The [index](Label::index) of the transport of the request that is being served.
    transport: AtomicUsize,
    unclaimed: AtomicUsize,
}

impl ConnectionCounters {
    /// Makes the counters of a connection that has just been accepted, and counts it as open.
    pub(crate) fn new(metrics: Arc<Metrics>) -> ConnectionCounters {
        metrics.connections.count(&ConnectionKind::Http);
        ConnectionCounters {
            metrics,
            transport: AtomicUsize::new(Transport::Other.index()),
            unclaimed: AtomicUsize::new(0),
        }
    }

    /// Returns the metrics of the server.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Records that no request is being served.
    pub(crate) fn wait_for_request(&self) {
        self.transport
            .store(Transport::Other.index(), Ordering::Relaxed);
    }

    /// Counts a new request, whose head has `head` bytes.
    pub(crate) fn begin(&self, transport: Transport, head: usize) {
        self.transport.store(transport.index(), Ordering::Relaxed);
        self.metrics.requests.count(&transport);
        self.claim(head);
        if transport == Transport::WebSocket {
            // All further bytes of this connection belong to the WebSocket.
            self.claim(self.unclaimed.load(Ordering::Relaxed));
            self.metrics.connections.decrement(&ConnectionKind::Http);
            self.metrics.connections.count(&ConnectionKind::WebSocket);
        }
    }

    /// Assigns `bytes` unclaimed bytes to the request that is being served.
    pub(crate) fn claim(&self, bytes: usize) {
        self.unclaimed.fetch_sub(bytes, Ordering::Relaxed);
        self.metrics.received.add_at(self.transport(), bytes);
    }

    pub(crate) fn count_received(&self, bytes: usize) {
        if self.is_websocket() {
            self.metrics.received.add_at(self.transport(), bytes);
        } else {
            self.unclaimed.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_sent(&self, bytes: usize) {
        self.metrics.sent.add_at(self.transport(), bytes);
    }

    /// Counts lines that were written in full.
    pub(crate) fn count_delivered(&self, lines: usize) {
        self.metrics.deliveries.add_at(self.transport(), lines);
    }

    /// Counts a refused request under the status of its response.
    pub(crate) fn count_refusal(&self, status: u16) {
        self.metrics.refusals.count(&RefusalLabel::new(status));
    }

    pub(crate) fn count_disconnect(&self, reason: &DisconnectReason) {
        self.metrics.disconnects.count(reason);
    }

    fn transport(&self) -> usize {
        self.transport.load(Ordering::Relaxed)
    }

    fn is_websocket(&self) -> bool {
        self.transport() == Transport::WebSocket.index()
    }
}

impl Drop for ConnectionCounters {
    /// Counts the bytes that no request has claimed, and removes this connection from the count of open ones.
    fn drop(&mut self) {
        let kind = if self.is_websocket() {
            ConnectionKind::WebSocket
        } else {
            ConnectionKind::Http
        };
        self.metrics.connections.decrement(&kind);
        let rest = self.unclaimed.load(Ordering::Relaxed);
        self.metrics.received.add(&Transport::Other, rest);
    }
}
