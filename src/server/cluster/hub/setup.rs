//! How a cluster's hub is made.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::server::cluster::event::{Event, ServerId};
use crate::server::cluster::hub::{ClusterHub, Phase};
use crate::server::cluster::log_message::Membership;
use crate::server::cluster::room_id::RoomId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::messages::WriterMessage;
use crate::server::hub::long_polls::LongPolls;

/// Everything that a cluster's hub needs.
#[derive(Debug)]
pub struct ClusterHubSetup {
    /// Its place in the cluster.
    pub membership: Membership,
    /// To its writers.
    pub writers: Vec<Sender<WriterMessage>>,
    /// To the publisher.
    pub publisher: Sender<Event>,
    /// Tells the subscriber to enter the room again.
    pub restart: Sender<ServerId>,
    /// Where connections read the id of the room.
    pub room_id: RoomId,
    /// Where the number of the newest line is stored.
    pub newest: Arc<AtomicU64>,
    /// How long a client may take to leave: the sum of the write timeout and the close timeout.
    pub time_to_leave: Duration,
}

impl ClusterHub {
    /// Makes a hub.
    pub fn new(setup: ClusterHubSetup) -> ClusterHub {
        let mut long_polls = LongPolls::default();
        long_polls.set_newest_number(&setup.newest);
        ClusterHub {
            membership: setup.membership,
            batches: OutgoingBatches::new(setup.writers),
            long_polls,
            clients: BTreeMap::new(),
            early: Vec::new(),
            leaves: VecDeque::new(),
            publisher: setup.publisher,
            restart: setup.restart,
            room_id: setup.room_id,
            phase: Phase::Running,
            time_to_leave: setup.time_to_leave,
            snapshot_sent: false,
            next_tick: Instant::now(),
        }
    }
}
