//! Adds private blocks, and commands for single clients, to the batches.

use std::mem;

use tungstenite::Bytes;

use crate::base::frame::single;
use crate::base::id::ClientId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::messages::WriterCommand;

/// How many steps a Join or a Leave counts as: 512, so a batch holds at most 64 of them. The hub flushes the block of
/// lines before each of them, and a block costs the writers one send(2) per member.
const FLUSH_STEPS: u64 = 512;

impl OutgoingBatches {
    /// Queues a line that only this client receives, after the lines so far.
    pub(super) fn push_answer(&mut self, client: ClientId, line: &str) {
        self.push_private(client, Block::new(single::text(line)));
    }

    /// Appends a command to the batch of the client's writer, without flushing the lines first.
    pub(crate) fn push_command(&mut self, client: ClientId, command: ClientCommand) {
        match &command {
            ClientCommand::Join { first, .. } => {
                self.fill.count_bytes(first.bytes.len());
                self.fill.count_steps(FLUSH_STEPS);
            }
            ClientCommand::Leave => self.fill.count_steps(FLUSH_STEPS),
            _ => {}
        }
        // A client always has the same writer.
        let writers = self.commands.len().max(1) as u64;
        if let Some(commands) = self.commands.get_mut((client % writers) as usize) {
            commands.push(WriterCommand::One { client, command });
        }
    }

    /// Appends a block for all members to every batch.
    pub(crate) fn push_broadcast(&mut self, block: &Block) {
        for commands in &mut self.commands {
            commands.push(WriterCommand::Broadcast(block.clone()));
        }
    }

    /// Completes the block of lines, and appends the answers after it. Later lines and commands follow both.
    pub(crate) fn flush_block(&mut self) {
        self.flush_lines();
        self.flush_private();
    }

    /// Appends the answers to the batches. All answers to one client become one block.
    pub(super) fn flush_private(&mut self) {
        for (client, blocks) in mem::take(&mut self.private) {
            let bytes = match <[Bytes; 1]>::try_from(blocks) {
                Ok([only]) => only,
                Err(several) => several.concat().into(),
            };
            let block = Block::new(bytes);
            self.push_command(client, ClientCommand::Send(block));
        }
    }
}
