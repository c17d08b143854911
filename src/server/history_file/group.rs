//! The batches that the keeper commits together: the group of a group commit.

use std::iter;

use crossbeam_channel::Receiver;

use crate::base::frame::decode;
use crate::server::delivery::messages::{WriterCommand, WriterMessage};
use crate::server::delivery::writer::MAX_WAITING_MESSAGES;

/// The batches that were waiting in the channel, and the lines in them.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// The room's lines, each with its newline, as they are written to the file.
    pub lines: Vec<u8>,
    /// The number of lines in `lines`.
    pub count: u64,
    /// The commands for the writers, in order.
    pub commands: Vec<WriterCommand>,
    /// Whether the hub has ended.
    pub is_last: bool,
}

impl Group {
    /// Takes `first` and at most [`MAX_WAITING_MESSAGES`] messages that wait behind it, without blocking.
    pub(crate) fn take(first: WriterMessage, inbox: &Receiver<WriterMessage>) -> Group {
        let mut group = Group::default();
        let waiting = inbox.try_iter().take(MAX_WAITING_MESSAGES);
        for message in iter::once(first).chain(waiting) {
            group.add(message);
        }
        group
    }

    fn add(&mut self, message: WriterMessage) {
        match message {
            WriterMessage::Batch(commands) => {
                for command in &commands {
                    self.add_lines(command);
                }
                self.commands.extend(commands);
            }
            WriterMessage::End => self.is_last = true,
            // Catch-up threads report directly to their writer, so this never reaches the keeper.
            WriterMessage::CaughtUp { .. } => {}
        }
    }

    /// Adds the lines of a command, if it is a broadcast. Other commands contain no new lines of the room.
    fn add_lines(&mut self, command: &WriterCommand) {
        if let WriterCommand::Broadcast(block) = command {
            for line in decode::payloads(&block.bytes) {
                self.lines.extend_from_slice(line);
                self.lines.push(b'\n');
                self.count += 1;
            }
        }
    }
}
