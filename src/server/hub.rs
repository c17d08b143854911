//! The hub: one thread that owns the room and says what everybody gets, in which order.
//!
//! It takes all that waits in its channel, and so a burst becomes one batch: each line is encoded once, and each writer is
//! woken once. It touches no socket and never logs: a full socket or a blocked stderr would stop the chat for everybody.

use crossbeam_channel::{Receiver, Sender};

use super::batch::Batches;
use super::http::route::Upgrade;
use super::polling::waiters::{Ask, Waiters};
use super::queue::Block;
use super::room::Room;
use super::socket::ClientId;
use super::write_half::WriteHalf;
use super::writer::{Order, ToWriter};
use crate::line::Lines;

/// How many messages may wait for the hub before the connections' threads wait, and through TCP those who talk: 1,024.
pub const WAITING_MESSAGES: usize = 1024;

/// What connections tell the hub. What one connection tells comes in its order.
#[derive(Debug)]
pub enum ToHub {
    /// A WebSocket begins. From now on everything that its client gets comes through the hub.
    Join(ClientId, WriteHalf, Upgrade),
    /// Somebody says lines.
    Say(ClientId, Lines),
    /// Something for the client that this connection serves: a Pong, a Close, an echo.
    Private(ClientId, Block),
    /// The client has been silent for a while; ask whether it is still there.
    Ping(ClientId),
    /// A request over HTTP wants something of the room.
    Http(ClientId, Ask),
    /// The connection's thread has said its last.
    Leave(ClientId),
    /// The server stops. What was said before is ahead of it.
    Stop,
}

/// The room, and the batches that are being made for the writers.
#[derive(Debug)]
pub struct Hub {
    pub(super) room: Room,
    pub(super) batches: Batches,
    pub(super) waiters: Waiters,
    pub(super) is_stopping: bool,
    hook: Option<fn(&ToHub)>,
}

impl Hub {
    /// A hub around a room, with the channels of its writers.
    pub fn new(room: Room, writers: Vec<Sender<ToWriter>>, hook: Option<fn(&ToHub)>) -> Hub {
        Hub {
            room,
            batches: Batches::new(writers),
            waiters: Waiters::default(),
            is_stopping: false,
            hook,
        }
    }

    /// Does what it is told until nobody is left who could tell it anything.
    ///
    /// It waits for its channel, and for a writer whose channel is full. Writers wait for nobody, so both waits are short
    /// while there is work, and the first ends with the last connection.
    pub fn run(mut self, inbox: &Receiver<ToHub>) {
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
            self.wake_waiters();
        }
        self.batches.end();
    }

    fn take(&mut self, message: ToHub) {
        self.hook.inspect(|hook| hook(&message));
        match message {
            // After a stop nothing more is said: 1001 is the last that anybody gets.
            ToHub::Say(id, lines) if !self.is_stopping => {
                self.room.say(id, &lines, &mut self.batches)
            }
            ToHub::Say(..) => {}
            ToHub::Private(id, block) if block.is_last => self.batches.put_last(id, block),
            ToHub::Private(id, block) => self.batches.put_private(id, block),
            ToHub::Ping(id) => self.batches.put(id, Order::Ping(id)),
            ToHub::Join(id, half, _) if self.is_stopping => self.refuse(id, half),
            ToHub::Join(id, half, upgrade) => self.join(id, half, upgrade),
            ToHub::Http(id, ask) => self.answer(id, ask),
            ToHub::Leave(id) => self.leave(id),
            ToHub::Stop => self.stop(),
        }
    }
}
