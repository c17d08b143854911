//! How the batches are created and finished.

use std::collections::BTreeMap;

use crossbeam_channel::Sender;

use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::batch::fill::Fill;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};

impl OutgoingBatches {
    /// Makes an empty batch for each of these writers. There must be at least one writer.
    pub fn new(writers: Vec<Sender<WriterMessage>>) -> OutgoingBatches {
        OutgoingBatches {
            commands: writers.iter().map(|_| Vec::new()).collect(),
            writers,
            frames: Vec::new(),
            lines: 0,
            private: BTreeMap::new(),
            fill: Fill::default(),
        }
    }

    /// Appends [`WriterCommand::Stop`] to every batch, after everything so far.
    pub(crate) fn push_stop(&mut self) {
        self.flush_block();
        for commands in &mut self.commands {
            commands.push(WriterCommand::Stop);
        }
    }

    /// Tells each writer that the hub has ended. Waits while a writer's channel is full.
    pub fn finish(&mut self) {
        for writer in &self.writers {
            // This fails only if the writer or the keeper has panicked, and then the server ends.
            let _ = writer.send(WriterMessage::End);
        }
    }
}
