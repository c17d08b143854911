//! What all connections share.

use std::convert::Infallible;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use crate::server::config::Config;
use crate::server::http::head::Head;
use crate::server::hub::messages::HubMessage;
use crate::server::net::registry::SocketRegistry;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;
use crate::server::observe::trace::WireTrace;

/// What the accept thread and every connection's thread have in common. They share it in an `Arc`.
#[derive(Debug)]
pub struct Context {
    /// The limits.
    pub config: Arc<Config>,
    /// What a test has called with each request.
    pub on_request: Option<fn(&Head)>,
    /// The way into the hub. The hub ends when the last clone is dropped.
    pub hub: Sender<HubMessage>,
    /// Whom to wake at a stop.
    pub registry: Arc<SocketRegistry>,
    /// The room's id, which says whose numbers the lines have.
    pub room: Arc<str>,
    /// Where they say what happened to them.
    pub log: Log,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where what goes over the wire is shown, if it is.
    pub trace: Option<WireTrace>,
    /// Disconnects when the server stops. Pauses wait for it.
    pub stop: Receiver<Infallible>,
    /// Held by each thread until its end, so that a stop can wait for them all without knowing them.
    pub shutdown_guard: Sender<Infallible>,
}

impl Context {
    /// Whether the server is about to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.try_recv() == Err(TryRecvError::Disconnected)
    }
}
