//! A writer owns the write halves of its share of the WebSockets, and waits for none of them.
//!
//! It sends what a socket takes at once. When a socket is full, its client is *behind*: a catch-up thread gets the write
//! half and the rest of the block, and the writer keeps what comes meanwhile in a queue. So a client that reads slowly,
//! or not at all, costs the others nothing: no time, for nobody waits for it, and no memory beyond its backlog.

use std::collections::BTreeMap;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::base::id::ClientId;
use crate::server::delivery::messages::{Audience, WriterCommand, WriterMessage};
use crate::server::delivery::recipient::Recipient;
use crate::server::delivery::writer_state::WriterState;
use crate::server::net::disconnect::DisconnectReason;

/// How many batches may wait for a writer before the hub waits: 8.
pub const WAITING_BATCHES: usize = 8;

/// A writer, and those whose write halves it owns.
#[derive(Debug)]
pub struct Writer {
    // In the order in which they came, and so mostly in the order of memory: with a hash map every send begins with a
    // cache miss, and costs an eighth more (`make bench`).
    recipients: BTreeMap<ClientId, Recipient>,
    state: WriterState,
    is_ending: bool,
}

impl Writer {
    /// A writer without recipients.
    pub fn new(state: WriterState) -> Writer {
        Writer {
            recipients: BTreeMap::new(),
            state,
            is_ending: false,
        }
    }

    /// Does what it is told until the hub has said its last and nobody is behind any more.
    ///
    /// It waits for its channel only, and no longer than until the next client has to be gone that was told to go.
    pub fn run(mut self, inbox: &Receiver<WriterMessage>) {
        while !(self.is_ending && self.state.behind == 0) {
            let message = match self.state.close_deadlines.next() {
                Some(due) => inbox.recv_deadline(due),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(WriterMessage::Batch(orders)) => {
                    orders.into_iter().for_each(|order| self.handle(order))
                }
                Ok(WriterMessage::CaughtUp(id, how)) => {
                    self.state.behind -= 1;
                    self.with(id, |recipient, state| recipient.on_caught_up(how, state));
                }
                Ok(WriterMessage::End) => self.is_ending = true,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.state.close_deadlines.close_expired();
        }
    }

    fn handle(&mut self, order: WriterCommand) {
        match order {
            WriterCommand::Everyone(block) => {
                let everybody = self.recipients.values_mut();
                let members = everybody.filter(|recipient| recipient.hears_everyone);
                members.for_each(|recipient| recipient.put(block.clone(), &mut self.state));
            }
            WriterCommand::One(id, block) => {
                self.with(id, |recipient, state| recipient.put(block, state))
            }
            WriterCommand::Ping(id) => self.with(id, Recipient::ping),
            WriterCommand::End(id, ending) => {
                self.with(id, |recipient, state| recipient.end(ending, state))
            }
            WriterCommand::Stop => {
                let everybody = self.recipients.values_mut();
                everybody.for_each(|recipient| {
                    recipient.end(DisconnectReason::ShuttingDown, &mut self.state)
                });
            }
            WriterCommand::Leave(id) => self.with(id, Recipient::leave),
            WriterCommand::Join(half, id, first, hears) => {
                let hears_everyone = hears == Audience::Everyone;
                let recipient = Recipient::start(half, id, first, hears_everyone, &mut self.state);
                self.recipients.insert(id, recipient);
            }
        }
    }

    /// One who has left is not known any more, and what still comes for him is dropped.
    fn with(&mut self, id: ClientId, act: impl FnOnce(&mut Recipient, &mut WriterState)) {
        let Some(recipient) = self.recipients.get_mut(&id) else {
            return;
        };
        act(recipient, &mut self.state);
        if recipient.is_finished() {
            self.recipients.remove(&id);
        }
    }
}
