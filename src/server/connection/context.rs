//! What all connections share.

use std::convert::Infallible;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TryRecvError};

use crate::server::cluster::link::HubLink;
use crate::server::cluster::room_id::RoomId;
use crate::server::cluster::status::ClusterStatus;
use crate::server::config::Config;
use crate::server::http::head::Head;
use crate::server::net::registry::SocketRegistry;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;
use crate::server::observe::trace::WireTrace;

/// What the accept thread and every connection's thread share, in an `Arc`.
#[derive(Debug)]
pub struct Context {
    /// The options, with `max_connections` lowered to what this machine can hold.
    pub config: Arc<Config>,
    /// A test's hook, called with the head of each request.
    pub on_request: Option<fn(&Head)>,
    /// The link to the hub. The hub ends when the last clone is dropped.
    pub hub: HubLink,
    /// The open sockets. A stop uses them to wake their connections' threads.
    pub registry: Arc<SocketRegistry>,
    /// The id of the room. Line numbers are valid only in that room.
    pub room_id: RoomId,
    /// With `--redis`: the state of the connections to Redis.
    pub cluster: Option<Arc<ClusterStatus>>,
    /// The server's own log, which is written to stderr.
    pub log: Log,
    /// The counters that `GET /metrics` reports.
    pub metrics: Arc<Metrics>,
    /// With `--show-wire`: the trace of all heads, bodies and frames.
    pub trace: Option<WireTrace>,
    /// [Disconnects](crate::guide::path#a-channel-that-only-disconnects) when the server stops. This ends every pause.
    pub stop: Receiver<Infallible>,
    /// Each thread holds a clone. So all threads have ended when the last clone is dropped.
    pub shutdown_guard: Sender<Infallible>,
}

impl Context {
    /// Returns whether the server is stopping.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.try_recv() == Err(TryRecvError::Disconnected)
    }
}
