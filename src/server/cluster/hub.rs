//! The hub of a server in a cluster. It applies the entries of the log to its replica of the room, and holds messages
//! of connections back until the entries that precede them have arrived.
//!
//! Like the hub of a single server, it drains its channel, fills a batch for the writers, touches no socket, and never
//! logs. It never waits for the publisher either: otherwise an unreachable Redis would stop the Pings.

pub mod early;
pub mod entries;
pub mod local;
pub mod local_client;
pub mod losing;
pub mod setup;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select};

use crate::base::id::ClientId;
use crate::server::cluster::event::{Event, ServerId};
use crate::server::cluster::hub::early::EarlyFetch;
use crate::server::cluster::hub::local_client::LocalClient;
use crate::server::cluster::local_message::LocalMessage;
use crate::server::cluster::log_message::{LogMessage, Membership};
use crate::server::cluster::room_id::RoomId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::hub::WAITING_MESSAGES;
use crate::server::hub::long_polls::LongPolls;

/// How often the hub checks for overdue work: every second.
const TICK: Duration = Duration::from_secs(1);

/// A hub with a replica of the room.
#[derive(Debug)]
pub struct ClusterHub {
    membership: Membership,
    batches: OutgoingBatches,
    long_polls: LongPolls,
    /// The clients of this server that have sent something to the log.
    clients: BTreeMap<ClientId, LocalClient>,
    /// Requests whose `since` is the number of a line that this server has not read yet.
    early: Vec<EarlyFetch>,
    /// The clients whose [`Event::Leave`] is not published yet. Each was a member, or had asked to join.
    leaves: VecDeque<ClientId>,
    publisher: Sender<Event>,
    /// Tells the subscriber that the other servers have dropped this one, so it must enter the room again.
    restart: Sender<ServerId>,
    room_id: RoomId,
    phase: Phase,
    /// How long a client that leaves may wait for its entries before the hub releases its socket.
    time_to_leave: Duration,
    /// Whether a snapshot is on its way to the log.
    snapshot_sent: bool,
    next_tick: Instant,
}

/// How far this server's stop has progressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// No stop yet.
    Running,
    /// Until this moment, entries from before the stop may still come back from the log.
    Stopping {
        until: Instant,
        /// Whether the publisher has received [`Event::Stop`].
        is_published: bool,
    },
    /// Each client has been given its last block.
    Stopped,
}

impl ClusterHub {
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
                    // The subscriber ends only with the server.
                    Err(_) => log = never(),
                },
                default(TICK) => {}
            }
            self.take_local(local, WAITING_MESSAGES);
            self.send();
            self.do_what_is_due();
        }
        self.batches.finish();
    }

    /// Handles at most `most` of the waiting messages from connections.
    fn take_local(&mut self, local: &Receiver<LocalMessage>, most: usize) {
        for message in local.try_iter().take(most) {
            self.handle_local(message);
            if self.batches.are_full() {
                self.send();
            }
        }
    }

    fn handle_log(&mut self, message: LogMessage, local: &Receiver<LocalMessage>) {
        // A connection sends its message here before it publishes its entry. So the messages that wait now precede
        // these entries.
        self.take_local(local, local.len());
        match message {
            LogMessage::Entries(entries) => {
                for (id, entry) in entries {
                    self.apply(id, entry);
                    if self.batches.are_full() {
                        self.send();
                    }
                }
            }
            LogMessage::Restarted(membership) => self.restart(*membership),
        }
    }

    /// Sends the batches, and then the answers that must follow them.
    fn send(&mut self) {
        self.answer_early();
        self.batches.send();
        let room = self.membership.replica.room_mut();
        self.long_polls.wake(room, &mut self.batches);
    }

    fn do_what_is_due(&mut self) {
        self.publish_leaves();
        self.publish_snapshot();
        self.continue_stop();
        let now = Instant::now();
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            self.look_after_the_late(now);
            self.send();
        }
    }

    fn publish_leaves(&mut self) {
        while let Some(client) = self.leaves.pop_front() {
            // During a stop, no Leave is needed: [`Event::Stop`] makes all members of this server leave.
            if self.phase == Phase::Running
                && self.publisher.try_send(Event::Leave(client)).is_err()
            {
                return self.leaves.push_front(client);
            }
        }
    }

    fn publish_snapshot(&mut self) {
        if self.phase != Phase::Running || self.snapshot_sent {
            return;
        }
        let Membership { replica, slot, .. } = &self.membership;
        if let Some(snapshot) = replica.snapshot_due(*slot) {
            // If the publisher's channel is full, the next turn makes a newer snapshot.
            let sent = self.publisher.try_send(Event::Snapshot(snapshot));
            self.snapshot_sent = sent.is_ok();
        }
    }
}
