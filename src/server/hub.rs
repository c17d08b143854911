//! The hub: one thread that owns the room and decides what each client receives, and in which order.
//!
//! The hub handles all messages that wait in its channel, up to a limit. So a burst becomes one batch: a line is encoded once for all
//! clients, and each writer is woken once. The hub never blocks on a socket or on stderr, because that would stop the chat.

pub mod long_polls;
pub mod messages;
pub mod other_messages;
pub mod room_request;
pub mod setup;

use crossbeam_channel::Receiver;

use crate::base::receive::receive;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::hub::long_polls::LongPolls;
use crate::server::hub::messages::HubMessage;
use crate::server::room::Room;

/// The capacity of the hub's channel, and the maximum number of messages that the hub handles per batch: 1,024. When the
/// channel is full, the connections' threads wait, and TCP slows down their clients.
pub const MAX_WAITING_MESSAGES: usize = 1024;

/// The hub's state: the room, the batches for the writers, and the long polls.
#[derive(Debug)]
pub struct Hub {
    room: Room,
    batches: OutgoingBatches,
    long_polls: LongPolls,
    is_stopping: bool,
    test_hook: Option<fn(&HubMessage)>,
}

impl Hub {
    /// Handles messages until the last sender is gone.
    ///
    /// Waits on its own channel, and on a writer's channel while that is full. A writer waits only on its own channel, so that channel
    /// soon has space. With a history file, the hub blocks on the keeper's channel instead, and the keeper may wait for the disk.
    pub fn run(mut self, inbox: &Receiver<HubMessage>) {
        while let Ok(first) = receive(inbox, None) {
            self.handle(first);
            // Without these limits, clients that never stop sending could delay the batch forever.
            for message in inbox.try_iter().take(MAX_WAITING_MESSAGES - 1) {
                self.handle(message);
                if self.batches.fill.is_full() {
                    break;
                }
            }
            self.batches.send();
            // With a history file, the replies follow in a batch of their own.
            self.long_polls
                .send_replies(&mut self.room, &mut self.batches);
        }
        self.batches.finish();
    }

    fn handle(&mut self, message: HubMessage) {
        if let Some(hook) = self.test_hook {
            hook(&message);
        }
        let before = self.room.steps();
        match message {
            HubMessage::Say { client, lines } if !self.is_stopping => {
                self.room.say(client, &lines, &mut self.batches);
            }
            other => self.handle_other(other),
        }
        self.batches.fill.count_steps(self.room.steps() - before);
    }
}
