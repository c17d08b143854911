//! The batches that the hub fills for its writers.

pub mod fill;
pub mod private;
pub mod setup;

use std::collections::BTreeMap;
use std::mem;

use crossbeam_channel::Sender;
use tungstenite::Bytes;

use crate::base::frame::encode;
use crate::base::id::ClientId;
use crate::server::delivery::block::Block;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::room::output::RoomOutput;

/// A block of lines that reaches this size is full: 64 KiB, a quarter of what a socket buffers. So a client that keeps
/// up has room for a whole block.
const MAX_BLOCK: usize = 64 * 1024;

/// One batch for each writer, and the block of lines that is being filled.
///
/// Lines share a block until a Join, a Leave or a Close must be placed between two lines. Then the block is flushed.
/// Answers and Pongs follow the lines of their block. So they prove that the room has handled everything their client
/// sent earlier, and that its receipts are on their way.
#[derive(Debug)]
pub(crate) struct OutgoingBatches {
    writers: Vec<Sender<WriterMessage>>,
    /// The commands for each writer, in the order of `writers`.
    commands: Vec<Vec<WriterCommand>>,
    /// The frames of the lines that are in no block yet. `lines` counts them.
    frames: Vec<u8>,
    lines: usize,
    private: BTreeMap<ClientId, Vec<Bytes>>,
    bytes: usize,
    steps: u64,
}

impl OutgoingBatches {
    /// Completes the block of lines. All writers share its bytes.
    fn flush_lines(&mut self) {
        if self.lines > 0 {
            let frames = Bytes::copy_from_slice(&self.frames);
            let block = Block::public(frames, mem::take(&mut self.lines));
            // The buffer is reused for the next lines, and shrinks if a long line has stretched it.
            self.frames.clear();
            self.frames.shrink_to(MAX_BLOCK);
            for commands in &mut self.commands {
                commands.push(WriterCommand::Broadcast(block.clone()));
            }
        }
    }

    /// Sends each writer its batch, if there is one. Waits while a writer's channel is full.
    pub fn send(&mut self) {
        self.flush_lines();
        self.flush_answers();
        (self.bytes, self.steps) = (0, 0);
        for (writer, commands) in self.writers.iter().zip(&mut self.commands) {
            if !commands.is_empty() {
                // This fails only if the writer has panicked, and then the server ends.
                let _ = writer.send(WriterMessage::Batch(mem::take(commands)));
            }
        }
    }
}

impl RoomOutput for OutgoingBatches {
    fn to_all(&mut self, line: &str) {
        if self.frames.len() >= MAX_BLOCK {
            self.flush_lines();
        }
        self.bytes += line.len();
        self.lines += 1;
        encode::append_text(&mut self.frames, line);
    }

    fn to_one(&mut self, id: ClientId, line: &str) {
        self.put_answer(id, line);
    }
}
