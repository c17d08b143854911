//! The hub of a server in a cluster. It applies the entries of the log to its replica of the room, and lets connections' messages
//! wait for the entries that belong before them.
//!
//! As the hub of a single server does, it takes what waits, fills a batch for the writers, touches no socket, and never logs. It
//! never waits for the publisher either: otherwise a Redis that is away would stop the Pings.

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

/// How often the hub looks for what is due: every second.
const TICK: Duration = Duration::from_secs(1);

/// A hub with a replica of the room.
#[derive(Debug)]
pub struct ClusterHub {
    membership: Membership,
    batches: OutgoingBatches,
    long_polls: LongPolls,
    /// The clients of this server that have sent something to the log.
    clients: BTreeMap<ClientId, LocalClient>,
    /// Requests for lines after one that this server has not read yet.
    early: Vec<EarlyFetch>,
    /// The clients whose leaving is still to be published. Each was a member, or wanted to be one.
    leaves: VecDeque<ClientId>,
    publisher: Sender<Event>,
    /// Tells the subscriber that this server is gone for the others, so it must take part anew.
    restart: Sender<ServerId>,
    room_id: RoomId,
    phase: Phase,
    /// How long a client may take to leave before the hub lets go of its socket.
    time_to_leave: Duration,
    /// Whether a snapshot is on its way to the log.
    snapshot_sent: bool,
    next_tick: Instant,
}

/// How far the stop of this server is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// No stop yet.
    Running,
    /// What was said before the stop may still come back, until this moment.
    Stopping {
        until: Instant,
        /// Whether the publisher has the event.
        is_published: bool,
    },
    /// Each client has had its last block.
    Stopped,
}

impl ClusterHub {
    /// Handles messages until the last connection is gone.
    ///
    /// Blocks on its own channels, and on the channel of a writer that is full, as a single server's hub does.
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

    /// Handles at most `most` messages of connections that wait.
    fn take_local(&mut self, local: &Receiver<LocalMessage>, most: usize) {
        for message in local.try_iter().take(most) {
            self.handle_local(message);
            if self.batches.fill.is_full() {
                self.send();
            }
        }
    }

    fn handle_log(&mut self, message: LogMessage, local: &Receiver<LocalMessage>) {
        // A connection sends its half here before its entry goes to the log. So what waits now belongs before these entries.
        self.take_local(local, local.len());
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

    /// Sends the batches, and the answers that belong behind them.
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
            // A stop makes all members of this server leave.
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
            // If the publisher has no room, the next turn makes another one.
            let sent = self.publisher.try_send(Event::Snapshot(snapshot));
            self.snapshot_sent = sent.is_ok();
        }
    }
}
