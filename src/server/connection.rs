//! A connection, as its own thread has it.

use std::cell::Cell;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::context::Shared;
use super::id::ClientId;
use super::limits::pace::Pace;
use super::messages::ToHub;
use super::socket::Socket;

/// A connection on its own thread.
#[derive(Debug)]
pub struct Connection {
    /// Its number.
    pub id: ClientId,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// The client that the last request came from, if the peer is a proxy that `--trust-proxy` believes.
    pub forwarded_for: Cell<Option<IpAddr>>,
    /// Its socket, to read from.
    pub socket: Arc<Socket>,
    /// Disconnects when the write half has been let go of, wherever that is.
    pub half_is_gone: Receiver<Infallible>,
    /// What all connections have in common.
    pub shared: Shared,
}

impl Connection {
    /// Tells the hub something. Waits while the hub's channel is full: that slows down those who talk, through TCP.
    pub fn tell(&self, message: ToHub) {
        // The hub outlives every sender, unless it has panicked; then the server ends, and this connection with it.
        let _ = self.shared.hub.send(message);
    }

    /// Pauses if the peer sends messages too fast; this one costs so many lines.
    pub fn keep_pace(&self, pace: &mut Pace, cost: usize) {
        pace.keep(cost, &self.socket, &self.shared.stop);
    }
}
