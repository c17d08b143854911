//! The parameters of a cluster's hub.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::server::cluster::event::{RoomEvent, ServerId};
use crate::server::cluster::log_message::ServerMembership;
use crate::server::cluster::room_id::RoomId;
use crate::server::delivery::messages::WriterMessage;

/// Everything that a cluster's hub needs.
#[derive(Debug)]
pub struct ClusterHubSetup {
    /// The server's replica of the room, the id of its run, and its slot.
    pub membership: ServerMembership,
    /// The channels of the writers.
    pub writers: Vec<Sender<WriterMessage>>,
    /// The channel of the publisher.
    pub publisher: Sender<RoomEvent>,
    /// The hub sends the id of its run here to make the subscriber enter the room again.
    pub restart: Sender<ServerId>,
    /// The id of the room, which the hub sets and connections read.
    pub room_id: RoomId,
    /// The number of the newest line, which the hub stores for the metrics.
    pub newest: Arc<AtomicU64>,
    /// How long the hub waits for a leaving client's entries: the sum of the write timeout and the close timeout.
    pub leave_timeout: Duration,
}
