//! The outbox of one recipient: open, behind or closed.

use std::mem;
use std::sync::Arc;

use crate::base::id::ClientId;
use crate::server::delivery::catch_up;
use crate::server::delivery::messages::CaughtUp;
use crate::server::delivery::queue::{Block, Full, Queue};
use crate::server::delivery::writer_state::WriterState;
use crate::server::net::disconnect::DisconnectReason;
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;

/// The longest first block that is sent without a thread: 64 KiB. A longer one is a good part of what a socket takes at
/// all, and the others would wait while the kernel copies it.
const MAX_FIRST: usize = 64 * 1024;

/// A client as its writer sees it.
#[derive(Debug)]
pub struct Recipient {
    pub(crate) id: ClientId,
    pub(crate) socket: Arc<Socket>,
    pub(crate) hears_everyone: bool,
    pub(crate) has_left: bool,
    pub(crate) outbox: Outbox,
}

/// Where the write half is, and so what becomes of a block.
#[derive(Debug)]
pub enum Outbox {
    /// Here: all that came before is sent.
    Open(WriteHalf),
    /// With a catch-up thread, which is writing a block. These are the blocks after it.
    Behind(Queue),
    /// Nowhere: the last block is sent, or the socket is broken. Nothing more goes out.
    Closed,
}

impl Recipient {
    /// Takes over a write half and sends its first block.
    pub fn start(
        half: WriteHalf,
        id: ClientId,
        first: Block,
        hears_everyone: bool,
        state: &mut WriterState,
    ) -> Recipient {
        let socket = Arc::clone(half.socket());
        let mut recipient = Recipient {
            id,
            socket,
            hears_everyone,
            has_left: false,
            outbox: Outbox::Closed,
        };
        let queue = Queue::new(state.backlog);
        if first.bytes.len() > MAX_FIRST {
            recipient.start_catch_up(half, first, queue, state);
        } else {
            recipient.send_from(half, Some(first), queue, state);
        }
        recipient
    }

    /// Sends a block, or queues it if the recipient is behind. Never waits.
    pub fn put(&mut self, block: Block, state: &mut WriterState) {
        match mem::replace(&mut self.outbox, Outbox::Closed) {
            Outbox::Open(half) => {
                self.send_from(half, Some(block), Queue::new(state.backlog), state)
            }
            Outbox::Behind(mut queue) => {
                let pushed = queue.push(block);
                self.outbox = Outbox::Behind(queue);
                if pushed == Err(Full) {
                    self.close_slow(state);
                }
            }
            Outbox::Closed => {}
        }
    }

    /// Goes on where a catch-up thread has stopped.
    pub fn on_caught_up(&mut self, how: CaughtUp, state: &mut WriterState) {
        match (how, mem::replace(&mut self.outbox, Outbox::Closed)) {
            (CaughtUp::Ready(half), Outbox::Behind(mut queue)) => {
                let next = queue.pop();
                self.send_from(half, next, queue, state);
            }
            (CaughtUp::Finished, _) => self.expect_to_go(state),
            // The socket is broken, and its connection's thread has been woken.
            _ => {}
        }
    }

    /// Sends a block and what is queued behind it, up to where the socket is full.
    fn send_from(
        &mut self,
        mut half: WriteHalf,
        mut next: Option<Block>,
        mut queue: Queue,
        state: &mut WriterState,
    ) {
        while let Some(block) = next {
            match half.send_now(&block.bytes) {
                Ok(sent) if sent < block.bytes.len() => {
                    return self.start_catch_up(half, block.after(sent), queue, state);
                }
                Ok(_) if block.is_last => {
                    half.finish();
                    return self.expect_to_go(state);
                }
                Ok(_) => {
                    self.socket.counters().count_delivered(block.lines);
                    next = queue.pop();
                }
                Err(error) => return self.abort(DisconnectReason::ConnectionLost(error.kind())),
            }
        }
        if self.has_left {
            half.finish();
        } else {
            self.outbox = Outbox::Open(half);
        }
    }

    /// Lends the write half to a catch-up thread until the rest of a block is written.
    fn start_catch_up(
        &mut self,
        half: WriteHalf,
        rest: Block,
        queue: Queue,
        state: &mut WriterState,
    ) {
        let Some(place) = state.permits.try_acquire() else {
            return self.close_without_thread(half, &rest, state);
        };
        match catch_up::spawn(self.id, half, rest, place, state.inbox.clone()) {
            Ok(()) => {
                state.behind += 1;
                self.outbox = Outbox::Behind(queue);
            }
            // The write half is lost with the thread that did not start.
            Err(_) => self.abort(DisconnectReason::Overloaded),
        }
    }
}
