//! What all connections share.

use std::convert::Infallible;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use super::config::Config;
use super::http::Head;
use super::journal::Journal;
use super::messages::ToHub;
use super::metrics::Metrics;
use super::stop::sockets::Sockets;
use super::tap::Tap;

/// What the accept thread and every connection's thread have in common.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The limits.
    pub config: Arc<Config>,
    /// What a test has called with each request.
    pub on_request: Option<fn(&Head)>,
    /// The way into the hub. The hub ends when the last clone is dropped.
    pub hub: Sender<ToHub>,
    /// Whom to wake at a stop.
    pub sockets: Arc<Sockets>,
    /// The room's id, which says whose numbers the lines have.
    pub room: Arc<str>,
    /// Where they say what happened to them.
    pub journal: Journal,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where what goes over the wire is shown, if it is.
    pub tap: Option<Tap>,
    /// Disconnects when the server stops. Pauses wait for it.
    pub stop: Receiver<Infallible>,
    /// Held by each thread until its end, so that a stop can wait for them all without knowing them.
    pub alive: Sender<Infallible>,
}

impl Shared {
    /// Whether the server is about to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop.try_recv() == Err(TryRecvError::Disconnected)
    }
}
