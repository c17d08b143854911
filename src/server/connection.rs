//! A connection, as its own thread has it.

pub mod context;
pub mod cost;
pub mod hang_up;
pub mod hooks;
pub mod http_handler;
pub mod lines_body;
pub mod metrics_page;
pub mod rate_limit;
pub mod reply;
pub mod request_error;
pub mod requests;
pub mod serve;
pub mod websocket;
pub mod ws_stream;

use std::cell::Cell;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::base::id::ClientId;
use crate::server::connection::context::Context;
use crate::server::connection::rate_limit::RateLimiter;
use crate::server::hub::messages::HubMessage;
use crate::server::net::socket::Socket;

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
    pub write_half_dropped: Receiver<Infallible>,
    /// What all connections have in common.
    pub context: Arc<Context>,
}

impl Connection {
    /// Tells the hub something. Waits while the hub's channel is full: that slows down those who talk, through TCP.
    pub fn tell(&self, message: HubMessage) {
        // The hub outlives every sender, unless it has panicked; then the server ends, and this connection with it.
        let _ = self.context.hub.send(message);
    }

    /// Pauses if the peer sends messages too fast; this one costs so many lines.
    pub fn throttle(&self, rate_limiter: &mut RateLimiter, cost: usize) {
        rate_limiter.throttle(cost, &self.socket, &self.context.stop);
    }
}
