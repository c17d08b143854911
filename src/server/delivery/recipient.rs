//! A client as its writer sees it. Its outbox is open, behind or closed.

pub mod behind;
pub mod closing;
pub mod starting;

use std::mem;
use std::sync::Arc;

use crate::base::id::ClientId;
use crate::server::delivery::block::Block;
use crate::server::delivery::client_command::Audience;
use crate::server::delivery::messages::{CatchUpJob, CatchUpOutcome};
use crate::server::delivery::queue::Full;
use crate::server::delivery::recipient::behind::Behind;
use crate::server::delivery::writer_state::WriterState;
use crate::server::net::socket::Socket;
use crate::server::net::write_half::WriteHalf;

/// A client as its writer sees it.
#[derive(Debug)]
pub struct Recipient {
    id: ClientId,
    socket: Arc<Socket>,
    pub(super) audience: Audience,
    has_left: bool,
    outbox: Outbox,
}

/// Where the write half is. This decides what happens to the next block.
///
/// To use the write half, a method [takes the outbox out](crate::guide::path#an-outbox-is-taken-out-and-put-back).
#[derive(Debug)]
enum Outbox {
    /// The writer has the write half, and everything has been sent.
    Open(WriteHalf),
    /// The catch-up thread has the write half, and is writing a block. The queue holds the later blocks.
    Behind(Box<Behind>),
    /// The write half is gone: the last block has been sent, the client has left, or the socket is shut down.
    Closed,
}

impl Recipient {
    /// Sends a block, or queues it if the recipient is behind. Never waits.
    #[inline(always)] // See `Writer::handle`.
    pub fn send(&mut self, block: Block, state: &mut WriterState) {
        match mem::replace(&mut self.outbox, Outbox::Closed) {
            Outbox::Open(half) => self.send_from(half, block, None, state),
            Outbox::Behind(mut behind) => {
                let pushed = behind.queue.push(block);
                self.outbox = Outbox::Behind(behind);
                if pushed == Err(Full) {
                    self.close_slow(state);
                }
            }
            Outbox::Closed => {}
        }
    }

    /// Handles a catch-up thread's report: sends the queued blocks, if the socket still works.
    pub fn on_caught_up(&mut self, outcome: CatchUpOutcome, state: &mut WriterState) {
        match (outcome, mem::replace(&mut self.outbox, Outbox::Closed)) {
            (CatchUpOutcome::Ready(half), Outbox::Behind(mut behind)) => match behind.queue.pop() {
                Some(block) => self.send_from(half, block, Some(behind), state),
                None => self.keep_open(half),
            },
            (CatchUpOutcome::LastBlockWritten, _) => self.start_close_timeout(state),
            (CatchUpOutcome::Broken(reason), _) => self.abort(reason),
            (CatchUpOutcome::Ready(_), Outbox::Open(_) | Outbox::Closed) => {} // Does not occur.
        }
    }

    /// Sends a block and then the queued ones. If the socket is full, a catch-up thread sends the rest of that block.
    #[inline(always)] // See `Writer::handle`.
    fn send_from(
        &mut self,
        mut half: WriteHalf,
        mut block: Block,
        mut behind: Option<Box<Behind>>,
        state: &mut WriterState,
    ) {
        loop {
            match half.send_now(&block.bytes) {
                Ok(sent) if sent < block.bytes.len() => {
                    return self.start_catch_up(half, block.after(sent), behind, state);
                }
                Ok(_) if block.is_last => {
                    half.finish();
                    return self.start_close_timeout(state);
                }
                Ok(_) => self.socket.counters().count_delivered(block.lines),
                Err(reason) => return self.abort(reason),
            }
            match behind.as_mut().and_then(|behind| behind.queue.pop()) {
                Some(next) => block = next,
                None => return self.keep_open(half),
            }
        }
    }

    /// Keeps the write half for the next block. After a Leave, ends the stream to the peer instead.
    fn keep_open(&mut self, half: WriteHalf) {
        if self.has_left {
            half.finish();
        } else {
            self.outbox = Outbox::Open(half);
        }
    }

    /// Gives the write half to the catch-up thread, which writes `rest`. Disconnects the recipient if none can start.
    fn start_catch_up(
        &mut self,
        half: WriteHalf,
        rest: Block,
        behind: Option<Box<Behind>>,
        state: &mut WriterState,
    ) {
        let Some(behind) = behind.or_else(|| Behind::start(self.id, state)) else {
            return self.close_without_thread(half, &rest, state);
        };
        // This never waits, because no other job can exist. It never fails: the thread runs as long as `behind` exists.
        let _ = behind.jobs.send(CatchUpJob { half, block: rest });
        state.behind += 1;
        self.outbox = Outbox::Behind(behind);
    }
}
