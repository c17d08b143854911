//! What the threads of a room need.

use std::convert::Infallible;

use crossbeam_channel::Receiver;

use crate::base::supervisor::Supervisor;
use crate::server::cluster::room_id::RoomId;
use crate::server::config::Config;
use crate::server::connection::hooks::Hooks;
use crate::server::observe::log::Log;
use crate::server::observe::metrics::Metrics;

/// What the hub, the keeper and the writers need: the threads that a line passes after its connection's thread.
#[derive(Debug)]
pub(crate) struct RoomContext<'a> {
    /// The limits.
    pub config: &'a Config,
    /// The hooks that a test has set.
    pub hooks: Hooks,
    /// The id of the room.
    pub room: RoomId,
    /// The counters of the threads.
    pub metrics: &'a Metrics,
    /// The log, for the keeper.
    pub log: &'a Log,
    /// Disconnects when the server stops.
    pub stopped: &'a Receiver<Infallible>,
    /// Starts the threads.
    pub supervisor: &'a Supervisor,
}
