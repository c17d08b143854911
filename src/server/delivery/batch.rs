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
use crate::server::delivery::batch::fill::Fill;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::room::output::RoomOutput;

/// A block of lines is full when it reaches this size: 60 KiB. So it fits into one packet on loopback, unless its last
/// line is long. At 64 KiB, a second packet carries the last bytes, and a line in a burst costs a tenth more.
const MAX_BLOCK: usize = 60 * 1024;

/// One batch for each writer, and the block of lines that is being filled.
///
/// A block of lines ends when it is full, when the batch is sent, or before a Join, a Leave or a Close. A Pong follows all
/// lines that were handled before its Ping. So it proves that the room has numbered its client's earlier lines.
#[derive(Debug)]
pub(crate) struct OutgoingBatches {
    writers: Vec<Sender<WriterMessage>>,
    /// The commands for each of `writers`, in that order. With a history file, the keeper is the hub's only writer.
    commands: Vec<Vec<WriterCommand>>,
    /// The frames of the lines that are not in a block yet.
    frames: Vec<u8>,
    lines: usize,
    /// The answers, Pongs and echoes for each client, which follow the lines.
    private: BTreeMap<ClientId, Vec<Bytes>>,
    pub(crate) fill: Fill,
}

impl OutgoingBatches {
    /// Completes the block of lines and appends it to every batch. All batches share its bytes.
    fn flush_lines(&mut self) {
        if self.lines > 0 {
            let frames = Bytes::copy_from_slice(&self.frames);
            let block = Block::public(frames, mem::take(&mut self.lines));
            // The buffer is reused for the next lines. If it has grown beyond a full block, it shrinks again.
            self.frames.clear();
            self.frames.shrink_to(MAX_BLOCK);
            self.push_broadcast(&block);
        }
    }

    /// Adds a block for one client, after the lines so far. Later lines may precede it, unless it is the client's last.
    ///
    /// A client's private blocks become one block. A separate send(2) for each Pong would let a few clients with many Pings
    /// delay all others.
    pub(crate) fn push_private(&mut self, client: ClientId, block: Block) {
        if block.is_last {
            self.flush_block();
            self.push_command(client, ClientCommand::Send(block));
        } else {
            self.fill.count_bytes(block.bytes.len());
            self.private.entry(client).or_default().push(block.bytes);
        }
    }

    /// Sends each writer its batch, unless the batch is empty. Waits while a writer's channel is full.
    pub fn send(&mut self) {
        self.flush_block();
        self.fill = Fill::default();
        for (writer, commands) in self.writers.iter().zip(&mut self.commands) {
            if !commands.is_empty() {
                // This fails only if the writer or the keeper has panicked, and then the server ends.
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
        self.fill.count_bytes(line.len());
        self.lines += 1;
        encode::append_text(&mut self.frames, line);
    }

    fn to_one(&mut self, id: ClientId, line: &str) {
        self.push_answer(id, line);
    }
}
