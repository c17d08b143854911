//! The hub: one thread that owns the room and says what everybody gets, in which order.
//!
//! It takes all that waits in its channel, and so a burst becomes one batch: each line is encoded once, and each writer is
//! woken once. It touches no socket and never logs: a full socket or a blocked stderr would stop the chat for everybody.

pub mod long_polls;
pub mod messages;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};

use crate::base::frame;
use crate::base::id::ClientId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::messages::{Audience, WriterCommand, WriterMessage};
use crate::server::delivery::queue::Block;
use crate::server::http::error_response::ErrorResponse;
use crate::server::http::route::Upgrade;
use crate::server::hub::long_polls::LongPolls;
use crate::server::hub::messages::HubMessage;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::write_half::WriteHalf;
use crate::server::room::Room;

/// How many messages may wait for the hub before the connections' threads wait, and through TCP those who talk: 1,024.
pub const WAITING_MESSAGES: usize = 1024;

/// The room, and the batches that are being made for the writers.
#[derive(Debug)]
pub struct Hub {
    room: Room,
    batches: OutgoingBatches,
    long_polls: LongPolls,
    is_stopping: bool,
    hook: Option<fn(&HubMessage)>,
}

impl Hub {
    /// A hub around a room, with the channels of its writers.
    pub fn new(
        room: Room,
        writers: Vec<Sender<WriterMessage>>,
        hook: Option<fn(&HubMessage)>,
    ) -> Hub {
        Hub {
            room,
            batches: OutgoingBatches::new(writers),
            long_polls: LongPolls::default(),
            is_stopping: false,
            hook,
        }
    }

    /// The same hub, which stores the number of the newest line here.
    pub fn with_newest_number(mut self, newest: &Arc<AtomicU64>) -> Hub {
        self.long_polls.set_newest_number(newest);
        self
    }

    /// Does what it is told until nobody is left who could tell it anything.
    ///
    /// It waits for its channel, and for a writer whose channel is full. Writers wait for nobody, so both waits are short
    /// while there is work, and the first ends with the last connection.
    pub fn run(mut self, inbox: &Receiver<HubMessage>) {
        while let Ok(first) = inbox.recv() {
            self.take(first);
            // Bounded, or those who never stop talking could keep the others from hearing them.
            for message in inbox.try_iter().take(WAITING_MESSAGES) {
                self.take(message);
                if self.batches.are_full() {
                    break;
                }
            }
            self.batches.send();
            self.long_polls.wake(&mut self.room);
        }
        self.batches.finish();
    }

    fn take(&mut self, message: HubMessage) {
        let before = self.room.steps();
        self.obey(message);
        self.batches.count_steps(self.room.steps() - before);
    }

    fn obey(&mut self, message: HubMessage) {
        self.hook.inspect(|hook| hook(&message));
        match message {
            // After a stop nothing more is said: 1001 is the last that anybody gets.
            HubMessage::Say(id, lines) if !self.is_stopping => {
                self.room.say(id, &lines, &mut self.batches)
            }
            HubMessage::Say(..) => {}
            HubMessage::Private(id, block) if block.is_last => self.batches.put_last(id, block),
            HubMessage::Private(id, block) => self.batches.put_private(id, block.bytes),
            HubMessage::Ping(id) => self.batches.put(id, WriterCommand::Ping(id)),
            HubMessage::Join(id, half, _) if self.is_stopping => self.refuse(id, half),
            HubMessage::Join(id, half, upgrade) => self.join(id, half, upgrade),
            // A reply channel that is dropped says that the server stops.
            HubMessage::Http(..) if self.is_stopping => {}
            HubMessage::Http(id, ask) => {
                self.long_polls
                    .answer(id, ask, &mut self.room, &mut self.batches)
            }
            HubMessage::Leave(id) => self.leave(id),
            HubMessage::Stop => self.stop(),
        }
    }

    /// Makes the answer to the upgrade the first thing that the client gets, after the room has taken it in: whoever has
    /// seen his 101 is a member, and misses nothing from then on.
    fn join(&mut self, id: ClientId, half: WriteHalf, upgrade: Upgrade) {
        self.batches.flush_block();
        let hears = if upgrade.asked.is_some() {
            Audience::Everyone
        } else {
            Audience::Itself
        };
        let mut first = upgrade.switching.to_vec();
        let mut lines = 0;
        if let Some(asked) = upgrade.asked {
            let joined = self.room.join(id, asked, Instant::now(), &mut self.batches);
            for line in &joined.greeting {
                frame::append_text(&mut first, line);
            }
            // Whole chunks at a time: to encode each line here would cost others their turn.
            for part in joined.past.parts() {
                first.extend_from_slice(part.frames());
            }
            lines = joined.past.len();
            if let Some(replaced) = joined.replaced {
                self.batches.put(
                    replaced,
                    WriterCommand::End(replaced, DisconnectReason::Replaced),
                );
            }
        }
        let first = Block::new(first.into()).with_lines(lines);
        self.batches
            .put(id, WriterCommand::Join(half, id, first, hears));
    }

    /// A Join that comes after the stop: it is answered, but nobody is taken in.
    fn refuse(&mut self, id: ClientId, half: WriteHalf) {
        // The reason is said before the writer ends the socket. Saying it is no I/O.
        half.socket().end(DisconnectReason::ShuttingDown);
        let refusal = ErrorResponse::stopping();
        half.socket().counters().count_refusal(refusal.status);
        let answer = Block::last(refusal.to_bytes().into());
        self.batches
            .put(id, WriterCommand::Join(half, id, answer, Audience::Itself));
    }

    /// Lets somebody go. He does not hear of it himself, so the lines so far are sealed first.
    fn leave(&mut self, id: ClientId) {
        self.batches.flush_block();
        self.batches.put(id, WriterCommand::Leave(id));
        self.room.leave(id, Instant::now(), &mut self.batches);
    }

    /// Gives everybody his last block. What was said before is ahead of it, and nothing will be said after it.
    fn stop(&mut self) {
        self.is_stopping = true;
        self.long_polls.dismiss();
        self.batches.put_stop();
    }
}
