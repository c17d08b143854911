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
    /// The server's place in the room.
    pub membership: ServerMembership,
    /// The channels of the writers.
    pub writers: Vec<Sender<WriterMessage>>,
    /// The channel of the publisher.
    pub publisher: Sender<RoomEvent>,
    /// Tells the subscriber to enter the room again.
    pub restart: Sender<ServerId>,
    /// Where connections read the id of the room.
    pub room_id: RoomId,
    /// Where the number of the newest line is stored.
    pub newest: Arc<AtomicU64>,
    /// How long a client may take to leave: the sum of the write timeout and the close timeout.
    pub leave_timeout: Duration,
}
