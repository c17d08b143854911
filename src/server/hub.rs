//! The hub: one thread that owns the room and decides what each client gets, in which order.
//!
//! It takes everything that waits in its channel, so a burst becomes one batch: each line is encoded once, and each
//! writer is woken once. It touches no socket and never logs, because a full socket or a blocked stderr would stop the
//! chat.

pub mod long_polls;
pub mod membership;
pub mod messages;
pub mod room_request;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crossbeam_channel::{Receiver, Sender};

use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::hub::long_polls::LongPolls;
use crate::server::hub::messages::HubMessage;
use crate::server::room::Room;

/// How many messages may wait for the hub: 1,024. Then the connections' threads wait, and TCP slows down their clients.
pub const WAITING_MESSAGES: usize = 1024;

/// The room, and the batches that it fills for the writers.
#[derive(Debug)]
pub struct Hub {
    room: Room,
    batches: OutgoingBatches,
    long_polls: LongPolls,
    is_stopping: bool,
    hook: Option<fn(&HubMessage)>,
}

impl Hub {
    /// Makes a hub from a room and the channels of its writers. A test's `hook` sees each message.
    pub fn new(
        room: Room,
        writers: Vec<Sender<WriterMessage>>,
        hook: Option<fn(&HubMessage)>,
    ) -> Hub {
        Hub {
            room,
            batches: OutgoingBatches::new(writers),
            long_polls: LongPolls::default(),
            is_stopping: false,
            hook,
        }
    }

    /// Makes the hub store the newest line number in `newest` after each batch.
    pub fn with_newest_number(mut self, newest: &Arc<AtomicU64>) -> Hub {
        self.long_polls.set_newest_number(newest);
        self
    }

    /// Handles messages until the last sender is dropped.
    ///
    /// Blocks on its own channel, and on the channel of a writer that is full. A writer waits for no thread, so the
    /// second wait is short.
    pub fn run(mut self, inbox: &Receiver<HubMessage>) {
        while let Ok(first) = inbox.recv() {
            self.handle(first);
            // Bounded: clients that never stop talking must not keep the batch from being sent.
            for message in inbox.try_iter().take(WAITING_MESSAGES) {
                self.handle(message);
                if self.batches.are_full() {
                    break;
                }
            }
            self.batches.send();
            self.long_polls.wake(&mut self.room);
        }
        self.batches.finish();
    }

    fn handle(&mut self, message: HubMessage) {
        if let Some(hook) = self.hook {
            hook(&message);
        }
        let before = self.room.steps();
        match message {
            // After the Stop, each client already has its last block.
            HubMessage::Say { .. } if self.is_stopping => {}
            HubMessage::Say { client, lines } => self.room.say(client, &lines, &mut self.batches),
            HubMessage::Private { client, block } => self.batches.put_private(client, block),
            HubMessage::Ping(client) => self.batches.put(client, WriterCommand::Ping(client)),
            HubMessage::Join {
                client,
                half,
                upgrade,
            } => self.join(client, half, upgrade),
            // Dropping the reply channel signals that the server stops.
            HubMessage::Http { .. } if self.is_stopping => {}
            HubMessage::Http { client, request } => {
                self.long_polls
                    .answer(client, request, &mut self.room, &mut self.batches)
            }
            HubMessage::Leave(client) => self.leave(client),
            HubMessage::Stop => self.stop(),
        }
        self.batches.count_steps(self.room.steps() - before);
    }
}
