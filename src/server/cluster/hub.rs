//! The hub of a server in a cluster. It applies the entries of the log to its replica of the room. It holds back a
//! client's Pongs and other private blocks until the client's earlier entries have come back from the log.
//!
//! Like the hub of a single server, it receives messages, fills a batch for the writers, touches no socket, and never
//! logs. It also never waits for the publisher: otherwise an unreachable Redis would stop the Pings.

pub mod early;
pub mod entries;
pub mod local;
pub mod local_client;
pub mod room_loss;
pub mod setup;
pub mod stopping;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select};

use crate::base::id::ClientId;
use crate::server::cluster::event::{RoomEvent, ServerId};
use crate::server::cluster::hub::early::{EarlyFetch, EarlyFetches};
use crate::server::cluster::hub::local_client::LocalClient;
use crate::server::cluster::hub::setup::ClusterHubSetup;
use crate::server::cluster::local_message::LocalMessage;
use crate::server::cluster::log_message::{LogMessage, ServerMembership};
use crate::server::cluster::room_id::RoomId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::hub::MAX_WAITING_MESSAGES;
use crate::server::hub::long_polls::LongPolls;
use crate::server::hub::room_request::RoomRequest;

/// How often the hub checks for overdue work: every second.
const TICK: Duration = Duration::from_secs(1);

/// A hub with a replica of the room.
#[derive(Debug)]
pub struct ClusterHub {
    membership: ServerMembership,
    batches: OutgoingBatches,
    long_polls: LongPolls,
    /// The clients of this server that publish entries.
    clients: BTreeMap<ClientId, LocalClient>,
    /// Requests whose `since` is the number of a line that this server has not read yet.
    early: EarlyFetches,
    /// The clients that have left and still need a [`RoomEvent::Leave`]. Each was a member, or had asked to join.
    leaves: VecDeque<ClientId>,
    publisher: Sender<RoomEvent>,
    /// Tells the subscriber to enter the room again: this server was dropped, or one of its entries is lost.
    restart: Sender<ServerId>,
    room_id: RoomId,
    phase: Phase,
    /// How long the hub waits for the entries of a client that leaves, before it releases the client's socket.
    leave_timeout: Duration,
    /// Whether this server has published a snapshot that has not come back from the log yet.
    snapshot_sent: bool,
    next_tick: Instant,
}

/// How far this server's stop has progressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// The server is not stopping.
    Running,
    /// The server is stopping. Until `deadline`, the hub waits for earlier entries to come back from the log.
    Stopping {
        deadline: Instant,
        /// Whether the hub has sent [`RoomEvent::Stop`] to the publisher.
        is_published: bool,
    },
    /// The hub has sent each client's last block.
    Stopped,
}

impl ClusterHub {
    /// Makes a hub that has no clients yet.
    pub fn new(setup: ClusterHubSetup) -> ClusterHub {
        let mut long_polls = LongPolls::default();
        long_polls.set_newest_number(&setup.newest);
        ClusterHub {
            membership: setup.membership,
            batches: OutgoingBatches::new(setup.writers),
            long_polls,
            clients: BTreeMap::new(),
            early: EarlyFetches::default(),
            leaves: VecDeque::new(),
            publisher: setup.publisher,
            restart: setup.restart,
            room_id: setup.room_id,
            phase: Phase::Running,
            leave_timeout: setup.leave_timeout,
            snapshot_sent: false,
            next_tick: Instant::now(),
        }
    }

    /// Handles messages until the last connection is gone.
    ///
    /// Blocks on its own channels, and on a writer's channel that is full, as a single server's hub does.
    pub fn run(mut self, local: &Receiver<LocalMessage>, log: Receiver<LogMessage>) {
        let mut log = log;
        loop {
            select! {
                recv(local) -> message => match message {
                    Ok(message) => self.handle_local(message),
                    Err(_) => break,
                },
                recv(log) -> message => match message {
                    Ok(message) => self.handle_log(message, local),
                    // The subscriber has ended, so the server is stopping.
                    Err(_) => log = never(),
                },
                default(TICK) => {}
            }
            self.drain_local(local, MAX_WAITING_MESSAGES);
            self.send();
            self.run_due_work();
        }
        self.batches.finish();
    }

    /// Handles the waiting messages from connections, but at most `max` of them.
    fn drain_local(&mut self, local: &Receiver<LocalMessage>, max: usize) {
        for message in local.try_iter().take(max) {
            self.handle_local(message);
            if self.batches.fill.is_full() {
                self.send();
            }
        }
    }

    fn handle_log(&mut self, message: LogMessage, local: &Receiver<LocalMessage>) {
        // A connection sends a message to the hub before it publishes an entry. So the messages that belong to the
        // entries in `message` are already waiting in `local`.
        self.drain_local(local, local.len());
        match message {
            LogMessage::Entries(entries) => {
                for (id, entry) in entries {
                    self.apply(id, entry);
                    if self.batches.fill.is_full() {
                        self.send();
                    }
                }
            }
            LogMessage::Restarted(membership) => self.restart(*membership),
        }
    }

    /// Sends the batches, and then the HTTP replies, which must follow them.
    fn send(&mut self) {
        self.answer_early();
        self.batches.send();
        let room = self.membership.replica.room_mut();
        self.long_polls.send_replies(room, &mut self.batches);
    }

    /// Answers the early requests whose line has arrived, or whose wait has expired.
    fn answer_early(&mut self) {
        let room = self.membership.replica.room();
        for EarlyFetch { client, fetch, .. } in self.early.take_due(room) {
            self.answer_request(client, RoomRequest::Fetch(fetch));
        }
    }

    fn answer_request(&mut self, client: ClientId, request: RoomRequest) {
        let room = self.membership.replica.room_mut();
        self.long_polls
            .handle(client, request, room, &mut self.batches);
    }

    fn run_due_work(&mut self) {
        self.publish_leaves();
        self.publish_snapshot();
        self.continue_stop();
        let now = Instant::now();
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.handle_overdue_clients(now);
            self.send();
        }
    }

    fn publish_leaves(&mut self) {
        while let Some(client) = self.leaves.pop_front() {
            // During a stop, no Leave is needed: [`RoomEvent::Stop`] makes all members of this server leave.
            if self.phase == Phase::Running
                && self.publisher.try_send(RoomEvent::Leave(client)).is_err()
            {
                return self.leaves.push_front(client);
            }
        }
    }

    fn publish_snapshot(&mut self) {
        if self.phase != Phase::Running || self.snapshot_sent {
            return;
        }
        let ServerMembership { replica, slot, .. } = &self.membership;
        if let Some(snapshot) = replica.snapshot_due(*slot) {
            // If the publisher's channel is full, the next call makes a newer snapshot.
            let sent = self.publisher.try_send(RoomEvent::Snapshot(snapshot));
            self.snapshot_sent = sent.is_ok();
        }
    }
}
