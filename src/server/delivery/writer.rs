//! A writer owns the write halves of its share of the WebSockets, and never waits for a client.
//!
//! It sends as much as a socket accepts without waiting. If a client's socket is full, or its first block is long, the
//! client is *behind*. A catch-up thread gets the write half and the unsent bytes, and the writer queues later blocks. So
//! a slow consumer costs the other clients no time, and the server little memory beyond the backlog.

pub mod commands;

use std::collections::BTreeMap;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::base::id::ClientId;
use crate::base::receive::receive;
use crate::server::delivery::client_command::Audience;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::delivery::recipient::Recipient;
use crate::server::delivery::writer_state::WriterState;

/// The maximum number of messages in a writer's channel: 8. While the channel is full, its senders wait.
pub const MAX_WAITING_MESSAGES: usize = 8;

/// A writer and its recipients.
#[derive(Debug)]
pub struct Writer {
    // Ordered by id, and so mostly by memory address. With a hash map, each send would begin with a cache miss and cost
    // an eighth more (`make bench`).
    recipients: BTreeMap<ClientId, Recipient>,
    state: WriterState,
    is_ending: bool,
}

impl Writer {
    /// Handles messages until the hub has ended and no recipient is behind.
    ///
    /// Waits only on its own channel, and never beyond the next close deadline.
    pub fn run(mut self, inbox: &Receiver<WriterMessage>) {
        while !(self.is_ending && self.state.behind == 0) {
            match receive(inbox, self.state.close_deadlines.next()) {
                Ok(WriterMessage::Batch(commands)) => {
                    for command in commands {
                        self.handle(command);
                    }
                }
                Ok(WriterMessage::CaughtUp { client, outcome }) => {
                    self.state.behind -= 1;
                    if let Some(recipient) = self.recipients.get_mut(&client) {
                        recipient.on_caught_up(outcome, &mut self.state);
                    }
                    self.remove_if_finished(client);
                }
                Ok(WriterMessage::End) => self.is_ending = true,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return, // Never: `state.inbox` is a sender of this channel.
            }
            self.state.close_deadlines.close_expired();
        }
    }

    fn handle(&mut self, command: WriterCommand) {
        match command {
            WriterCommand::Broadcast(block) => {
                // The calls are inlined, down to send(2). Otherwise, a delivery to one of 1,000 clients costs 8 % more.
                for recipient in self.recipients.values_mut() {
                    if recipient.audience == Audience::Everyone {
                        recipient.send(block.clone(), &mut self.state);
                    }
                }
            }
            WriterCommand::One { client, command } => self.handle_one(client, command),
            WriterCommand::Stop => self.stop(),
        }
    }

    fn remove_if_finished(&mut self, client: ClientId) {
        let recipient = self.recipients.get(&client);
        if recipient.is_some_and(Recipient::is_finished) {
            self.recipients.remove(&client);
        }
    }
}
