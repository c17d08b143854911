//! What one connection adds to the counters. All of its bytes pass here, in both directions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::server::observe::metrics::{EndingLabel, Kind, Label, Metrics, RefusalLabel, Transport};

/// The counters, and which of them this connection adds to.
///
/// What is read is *unclaimed* until it is known which request it belongs to: one read may bring the end of a request and
/// the beginning of another. What is written belongs to the request that is being answered.
#[derive(Debug)]
pub struct ByteCounters {
    metrics: Arc<Metrics>,
    technique: AtomicUsize,
    unclaimed: AtomicUsize,
}

impl ByteCounters {
    /// The traffic of a connection that has just been accepted.
    pub fn new(metrics: Arc<Metrics>) -> ByteCounters {
        metrics.connections.count(Kind::Http);
        ByteCounters {
            metrics,
            technique: AtomicUsize::new(Transport::Other.place()),
            unclaimed: AtomicUsize::new(0),
        }
    }

    /// All counters.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Takes note that no request is being answered.
    pub fn wait_for_a_request(&self) {
        self.technique
            .store(Transport::Other.place(), Ordering::Relaxed);
    }

    /// Takes note of a request, whose head has so many bytes.
    pub fn begin(&self, technique: Transport, head: usize) {
        self.technique.store(technique.place(), Ordering::Relaxed);
        self.metrics.requests.count(technique);
        self.claim(head);
        if technique == Transport::WebSocket {
            // All that follows on this connection belongs to it.
            self.claim(self.unclaimed.load(Ordering::Relaxed));
            self.metrics.connections.take_one(Kind::Http);
            self.metrics.connections.count(Kind::WebSocket);
        }
    }

    /// Takes note that so many bytes belong to the request.
    pub fn claim(&self, bytes: usize) {
        self.unclaimed.fetch_sub(bytes, Ordering::Relaxed);
        self.metrics.received.add(self.technique(), bytes);
    }

    /// Counts bytes that were read.
    pub fn count_received(&self, bytes: usize) {
        if self.is_websocket() {
            self.metrics.received.add(self.technique(), bytes);
        } else {
            self.unclaimed.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    /// Counts bytes that were written.
    pub fn count_sent(&self, bytes: usize) {
        self.metrics.sent.add(self.technique(), bytes);
    }

    /// Counts lines that were written in full.
    pub fn count_delivered(&self, lines: usize) {
        self.metrics.deliveries.add(self.technique(), lines);
    }

    /// Counts a request that was answered with this status.
    pub fn count_refusal(&self, status: u16) {
        self.metrics.refusals.count(RefusalLabel::of(status));
    }

    /// Counts the end of the connection.
    pub fn count_ending(&self, label: EndingLabel) {
        self.metrics.endings.count(label);
    }

    fn technique(&self) -> Transport {
        let place = self.technique.load(Ordering::Relaxed);
        // Only places of techniques are stored.
        Transport::ALL
            .get(place)
            .copied()
            .unwrap_or(Transport::Other)
    }

    fn is_websocket(&self) -> bool {
        self.technique() == Transport::WebSocket
    }
}

impl Drop for ByteCounters {
    /// The connection is no more. What was read of no whole request is still counted.
    fn drop(&mut self) {
        let kind = if self.is_websocket() {
            Kind::WebSocket
        } else {
            Kind::Http
        };
        self.metrics.connections.take_one(kind);
        let rest = self.unclaimed.load(Ordering::Relaxed);
        self.metrics.received.add(Transport::Other, rest);
    }
}
