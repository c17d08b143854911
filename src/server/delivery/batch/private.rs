//! What goes into a batch beside the lines: answers, and commands for single clients.

use std::mem;

use tungstenite::Bytes;

use crate::base::frame::single;
use crate::base::id::ClientId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::messages::WriterCommand;

/// How many steps a Join or a Leave counts as: 512, so a batch holds at most 64 of them. Each ends the block of lines, and
/// each block costs its writer a call for every member.
const STEPS_OF_A_FLUSH: u64 = 512;

impl OutgoingBatches {
    /// Puts a block for one client behind the lines so far. Its last block goes before all lines to come.
    ///
    /// The client's answers share one block. A call of send(2) for each Pong would let a few clients with many Pings delay
    /// all others.
    pub(crate) fn put_private(&mut self, client: ClientId, block: Block) {
        if block.is_last {
            self.flush_block();
            self.put(client, ClientCommand::Send(block));
        } else {
            self.fill.count_bytes(block.bytes.len());
            self.private.entry(client).or_default().push(block.bytes);
        }
    }

    /// Puts a line of the room for one client behind the lines so far.
    pub(super) fn put_answer(&mut self, client: ClientId, line: &str) {
        self.put_private(client, Block::new(single::text(line)));
    }

    /// Puts a command into the batch of the client's writer, at once.
    pub(crate) fn put(&mut self, client: ClientId, command: ClientCommand) {
        match &command {
            ClientCommand::Join { first, .. } => {
                self.fill.count_bytes(first.bytes.len());
                self.fill.count_steps(STEPS_OF_A_FLUSH);
            }
            ClientCommand::Leave => self.fill.count_steps(STEPS_OF_A_FLUSH),
            _ => {}
        }
        // A client stays with one writer.
        let writers = self.commands.len().max(1) as u64;
        if let Some(commands) = self.commands.get_mut((client % writers) as usize) {
            commands.push(WriterCommand::One { client, command });
        }
    }

    /// Puts a block for all members behind everything so far.
    pub(crate) fn put_block(&mut self, block: &Block) {
        for commands in &mut self.commands {
            commands.push(WriterCommand::Broadcast(block.clone()));
        }
    }

    /// Ends the block of lines, and puts the answers behind it. What comes later stays behind both.
    pub(crate) fn flush_block(&mut self) {
        self.flush_lines();
        self.flush_answers();
    }

    /// Puts the answers into the batches, those of a client as one block.
    pub(super) fn flush_answers(&mut self) {
        for (client, answers) in mem::take(&mut self.private) {
            let bytes = match <[Bytes; 1]>::try_from(answers) {
                Ok([only]) => only,
                Err(several) => several.concat().into(),
            };
            let block = Block::new(bytes);
            self.put(client, ClientCommand::Send(block));
        }
    }
}
