//! The batches that the hub makes for its writers.

use std::collections::BTreeMap;
use std::mem;

use crossbeam_channel::Sender;
use tungstenite::Bytes;

use crate::base::frame;
use crate::base::id::ClientId;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::delivery::queue::Block;
use crate::server::room::RoomOutput;

/// How long a block of lines gets, but for the last line: 64 KiB, a quarter of what a socket takes. A client that keeps
/// up then finds room for a whole block.
const MAX_BLOCK: usize = 64 * 1024;

/// How much is put into the batches before they are sent: 256 KiB. It bounds what a burst of questions, whose answers are
/// much longer, takes in memory and in time before anybody else's turn.
const MAX_BATCH: usize = 256 * 1024;

/// How many steps of the room are put into the batches before they are sent: 32,768. A chunk of lines that is handed out,
/// and a name that is looked up, cost time but no bytes.
const MAX_STEPS: u64 = 32 * 1024;

/// How many steps a join or a leave counts as: 512, so that a batch has at most 64 of them. Each ends the block of lines that is
/// being filled, and each block costs its writer a call for every member.
const STEPS_OF_A_SEAL: u64 = 512;

/// One batch for each writer, and the lines of the block that is being filled.
///
/// Lines go into one block until something comes that has its place between two lines: a Join, a Leave, a Close. Then the
/// block is *sealed*. Answers and Pongs come after the lines of their block: they prove to their reader that everything
/// he said before them has been said to all, his receipts included.
#[derive(Debug)]
pub struct OutgoingBatches {
    writers: Vec<Sender<WriterMessage>>,
    orders: Vec<Vec<WriterCommand>>,
    lines: Vec<u8>,
    private: BTreeMap<ClientId, Vec<Bytes>>,
    bytes: usize,
    steps: u64,
}

impl OutgoingBatches {
    /// Empty batches for these writers, of which there is at least one.
    pub fn new(writers: Vec<Sender<WriterMessage>>) -> OutgoingBatches {
        let orders = writers.iter().map(|_| Vec::new()).collect();
        OutgoingBatches {
            writers,
            orders,
            lines: Vec::new(),
            private: BTreeMap::new(),
            bytes: 0,
            steps: 0,
        }
    }

    /// Whether it is time to send them.
    pub fn are_full(&self) -> bool {
        self.bytes >= MAX_BATCH || self.steps >= MAX_STEPS
    }

    /// Counts steps that the room has taken for them.
    pub fn count_steps(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }

    /// Puts something for one client behind the lines so far. Together with the rest of the client's answers it is one
    /// block: a call of send(2) for each Pong would let a few clients with many Pings delay all others.
    pub fn put_private(&mut self, id: ClientId, bytes: Bytes) {
        self.bytes += bytes.len();
        self.private.entry(id).or_default().push(bytes);
    }

    /// Puts the last block of a client behind everything so far, and before everything to come.
    pub fn put_last(&mut self, id: ClientId, block: Block) {
        self.flush_block();
        self.put(id, WriterCommand::One(id, block));
    }

    /// Puts an order into the batch of the client's writer, at once.
    pub fn put(&mut self, id: ClientId, order: WriterCommand) {
        match &order {
            WriterCommand::Join(_, _, first, _) => {
                self.bytes += first.bytes.len();
                self.count_steps(STEPS_OF_A_SEAL);
            }
            WriterCommand::Leave(_) => self.count_steps(STEPS_OF_A_SEAL),
            _ => {}
        }
        if let Some(orders) = self.orders_of(id) {
            orders.push(order);
        }
    }

    /// Puts the stop behind everything so far.
    pub fn put_stop(&mut self) {
        self.flush_block();
        self.orders
            .iter_mut()
            .for_each(|orders| orders.push(WriterCommand::Stop));
    }

    /// Ends the block that is being filled, and what answers it. Nothing that comes later can get before it.
    pub fn flush_block(&mut self) {
        self.end_block();
        for (id, answers) in mem::take(&mut self.private) {
            let bytes = match <[Bytes; 1]>::try_from(answers) {
                Ok([alone]) => alone,
                Err(several) => several.concat().into(),
            };
            self.put(id, WriterCommand::One(id, Block::new(bytes)));
        }
    }

    fn end_block(&mut self) {
        if !self.lines.is_empty() {
            let block = Block::public(mem::take(&mut self.lines).into());
            self.orders
                .iter_mut()
                .for_each(|orders| orders.push(WriterCommand::Everyone(block.clone())));
        }
    }

    /// Sends each writer its batch, if there is anything in it. Waits for a writer whose channel is full.
    pub fn send(&mut self) {
        self.flush_block();
        (self.bytes, self.steps) = (0, 0);
        for (writer, orders) in self.writers.iter().zip(&mut self.orders) {
            if !orders.is_empty() {
                // It fails only if the writer has panicked, and then the server ends.
                let _ = writer.send(WriterMessage::Batch(mem::take(orders)));
            }
        }
    }

    /// Tells the writers that nothing more will come.
    pub fn finish(&mut self) {
        for writer in &self.writers {
            let _ = writer.send(WriterMessage::End);
        }
    }

    /// A client stays with one writer for its life.
    fn orders_of(&mut self, id: ClientId) -> Option<&mut Vec<WriterCommand>> {
        let writer = usize::try_from(id).unwrap_or_default() % self.orders.len().max(1);
        self.orders.get_mut(writer)
    }
}

impl RoomOutput for OutgoingBatches {
    fn to_all(&mut self, line: &str) {
        if self.lines.len() >= MAX_BLOCK {
            self.end_block();
        }
        self.bytes += line.len();
        frame::append_text(&mut self.lines, line);
    }

    fn to_one(&mut self, id: ClientId, line: &str) {
        self.put_private(id, frame::text(line));
    }
}
