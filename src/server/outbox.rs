//! The outbox of one recipient: open, behind or closed.

use std::mem;
use std::sync::Arc;

use super::catch_up;
use super::desk::Desk;
use super::ending::Ending;
use super::id::ClientId;
use super::orders::CaughtUp;
use super::queue::{Block, Full, Queue};
use super::socket::Socket;
use super::write_half::WriteHalf;

/// The longest first block that is sent without a thread: 64 KiB. A longer one is a good part of what a socket takes at
/// all, and the others would wait while the kernel copies it.
const MAX_FIRST: usize = 64 * 1024;

/// A client as its writer sees it.
#[derive(Debug)]
pub struct Recipient {
    pub(super) id: ClientId,
    pub(super) socket: Arc<Socket>,
    pub(super) hears_everyone: bool,
    pub(super) has_left: bool,
    pub(super) outbox: Outbox,
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
        desk: &mut Desk,
    ) -> Recipient {
        let socket = Arc::clone(half.socket());
        let mut recipient = Recipient {
            id,
            socket,
            hears_everyone,
            has_left: false,
            outbox: Outbox::Closed,
        };
        let queue = Queue::new(desk.backlog);
        if first.bytes.len() > MAX_FIRST {
            recipient.hand_over(half, first, queue, desk);
        } else {
            recipient.go_on(half, Some(first), queue, desk);
        }
        recipient
    }

    /// Sends a block, or queues it if the recipient is behind. Never waits.
    pub fn put(&mut self, block: Block, desk: &mut Desk) {
        match mem::replace(&mut self.outbox, Outbox::Closed) {
            Outbox::Open(half) => self.go_on(half, Some(block), Queue::new(desk.backlog), desk),
            Outbox::Behind(mut queue) => {
                let pushed = queue.push(block);
                self.outbox = Outbox::Behind(queue);
                if pushed == Err(Full) {
                    self.give_up_as_too_slow(desk);
                }
            }
            Outbox::Closed => {}
        }
    }

    /// Goes on where a catch-up thread has stopped.
    pub fn catch_up_done(&mut self, how: CaughtUp, desk: &mut Desk) {
        match (how, mem::replace(&mut self.outbox, Outbox::Closed)) {
            (CaughtUp::Ready(half), Outbox::Behind(mut queue)) => {
                let next = queue.pop();
                self.go_on(half, next, queue, desk);
            }
            (CaughtUp::Finished, _) => self.expect_to_go(desk),
            // The socket is broken, and its connection's thread has been woken.
            _ => {}
        }
    }

    /// Sends a block and what is queued behind it, up to where the socket is full.
    fn go_on(
        &mut self,
        mut half: WriteHalf,
        mut next: Option<Block>,
        mut queue: Queue,
        desk: &mut Desk,
    ) {
        while let Some(block) = next {
            match half.send_now(&block.bytes) {
                Ok(sent) if sent < block.bytes.len() => {
                    return self.hand_over(half, block.after(sent), queue, desk);
                }
                Ok(_) if block.is_last => {
                    half.finish();
                    return self.expect_to_go(desk);
                }
                Ok(_) => {
                    self.socket.traffic().count_delivered(block.lines);
                    next = queue.pop();
                }
                Err(error) => return self.break_off(Ending::Gone(error.kind())),
            }
        }
        if self.has_left {
            half.finish();
        } else {
            self.outbox = Outbox::Open(half);
        }
    }

    /// Lends the write half to a catch-up thread until the rest of a block is written.
    fn hand_over(&mut self, half: WriteHalf, rest: Block, queue: Queue, desk: &mut Desk) {
        let Some(place) = desk.places.take() else {
            return self.end_without_a_thread(half, &rest, desk);
        };
        match catch_up::spawn(self.id, half, rest, place, desk.inbox.clone()) {
            Ok(()) => {
                desk.behind += 1;
                self.outbox = Outbox::Behind(queue);
            }
            // The write half is lost with the thread that did not start.
            Err(_) => self.break_off(Ending::TooManyBehind),
        }
    }
}
