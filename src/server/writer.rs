//! A writer owns the write halves of its share of the WebSockets, and waits for none of them.
//!
//! It sends what a socket takes at once. When a socket is full, its client is *behind*: a catch-up thread gets the write
//! half and the rest of the block, and the writer keeps what comes meanwhile in a queue. So a client that reads slowly,
//! or not at all, costs the others nothing: no time, for nobody waits for it, and no memory beyond its backlog.

use std::collections::BTreeMap;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::desk::Desk;
use super::ending::Ending;
use super::id::ClientId;
use super::orders::{Hears, Order, ToWriter};
use super::outbox::Recipient;

/// How many batches may wait for a writer before the hub waits: 8.
pub const WAITING_BATCHES: usize = 8;

/// A writer, and those whose write halves it owns.
#[derive(Debug)]
pub struct Writer {
    // In the order in which they came, and so mostly in the order of memory: with a hash map every send begins with a
    // cache miss, and costs an eighth more (`make bench`).
    recipients: BTreeMap<ClientId, Recipient>,
    desk: Desk,
    is_ending: bool,
}

impl Writer {
    /// A writer without recipients.
    pub fn new(desk: Desk) -> Writer {
        Writer {
            recipients: BTreeMap::new(),
            desk,
            is_ending: false,
        }
    }

    /// Does what it is told until the hub has said its last and nobody is behind any more.
    ///
    /// It waits for its channel only, and no longer than until the next client has to be gone that was told to go.
    pub fn run(mut self, inbox: &Receiver<ToWriter>) {
        while !(self.is_ending && self.desk.behind == 0) {
            let message = match self.desk.farewells.next() {
                Some(due) => inbox.recv_deadline(due),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(ToWriter::Batch(orders)) => {
                    orders.into_iter().for_each(|order| self.obey(order))
                }
                Ok(ToWriter::CaughtUp(id, how)) => {
                    self.desk.behind -= 1;
                    self.with(id, |recipient, desk| recipient.catch_up_done(how, desk));
                }
                Ok(ToWriter::End) => self.is_ending = true,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.desk.farewells.shut_down_the_late();
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Everyone(block) => {
                let everybody = self.recipients.values_mut();
                let members = everybody.filter(|recipient| recipient.hears_everyone);
                members.for_each(|recipient| recipient.put(block.clone(), &mut self.desk));
            }
            Order::One(id, block) => self.with(id, |recipient, desk| recipient.put(block, desk)),
            Order::Ping(id) => self.with(id, Recipient::ping),
            Order::End(id, ending) => self.with(id, |recipient, desk| recipient.end(ending, desk)),
            Order::Stop => {
                let everybody = self.recipients.values_mut();
                everybody.for_each(|recipient| recipient.end(Ending::Stopping, &mut self.desk));
            }
            Order::Leave(id) => self.with(id, Recipient::leave),
            Order::Join(half, id, first, hears) => {
                let hears_everyone = hears == Hears::Everyone;
                let recipient = Recipient::start(half, id, first, hears_everyone, &mut self.desk);
                self.recipients.insert(id, recipient);
            }
        }
    }

    /// One who has left is not known any more, and what still comes for him is dropped.
    fn with(&mut self, id: ClientId, act: impl FnOnce(&mut Recipient, &mut Desk)) {
        let Some(recipient) = self.recipients.get_mut(&id) else {
            return;
        };
        act(recipient, &mut self.desk);
        if recipient.is_done() {
            self.recipients.remove(&id);
        }
    }
}
