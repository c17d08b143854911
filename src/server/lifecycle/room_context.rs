//! What the threads of a room need.

use std::convert::Infallible;

use crossbeam_channel::Receiver;

use crate::base::supervisor::Supervisor;
use crate::server::cluster::room_id::RoomId;
use crate::server::config::Config;
use crate::server::connection::hooks::Hooks;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;

/// What the hub, the keeper and the writers need. With `--redis`, the publisher and the subscriber need it too.
#[derive(Debug)]
pub(crate) struct RoomContext<'a> {
    /// The options, with `max_connections` lowered to what this machine can hold.
    pub config: &'a Config,
    /// The hooks that a test has set.
    pub hooks: Hooks,
    /// The id of the room.
    pub room_id: RoomId,
    /// The server's counters.
    pub metrics: &'a Metrics,
    /// The log. The hub and the writers do not use it.
    pub log: &'a Log,
    /// Disconnects when the server stops.
    pub stopped: &'a Receiver<Infallible>,
    /// Starts the threads.
    pub supervisor: &'a Supervisor,
}
