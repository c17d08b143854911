//! How a writer parts with a recipient.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::ending::Ending;
use super::outbox::{Outbox, Recipient};
use super::queue::{Backlog, Block};
use super::slots::Slots;
use super::socket::Socket;
use super::write_half::WriteHalf;
use super::writer::ToWriter;
use crate::frame;

/// What the recipients of one writer share.
#[derive(Debug)]
pub struct Desk {
    /// How much may wait for one recipient.
    pub backlog: Backlog,
    /// How many recipients of all writers may be behind.
    pub places: Slots,
    /// Where catch-up threads report.
    pub inbox: Sender<ToWriter>,
    /// How many of them have not reported yet.
    pub behind: usize,
    /// Those who have had their last block.
    pub farewells: Farewells,
}

impl Recipient {
    /// Sends a Ping, before what waits already.
    pub fn ping(&mut self, desk: &mut Desk) {
        let ping = Block::new(frame::ping());
        match &mut self.outbox {
            Outbox::Behind(queue) => queue.push_ping(ping),
            Outbox::Open(_) | Outbox::Closed => self.put(ping, desk),
        }
    }

    /// Ends the recipient with a Close that says why. One that is too slow gets nothing else any more.
    pub fn end(&mut self, ending: Ending, desk: &mut Desk) {
        let is_too_slow = ending == Ending::TooSlow;
        let close = ending
            .close()
            .map(|(code, reason)| frame::close(code, reason));
        // Whoever ends for another reason already has his last word on the way.
        if self.socket.end(ending) {
            let last = Block::last(close.unwrap_or_default());
            match &mut self.outbox {
                Outbox::Behind(queue) if is_too_slow => queue.replace_with(last),
                _ => self.put(last, desk),
            }
        }
    }

    /// Takes note that nothing more will come: the connection's thread has said its last. What waits is still sent.
    pub fn leave(&mut self) {
        self.has_left = true;
        self.hears_everyone = false;
        match mem::replace(&mut self.outbox, Outbox::Closed) {
            Outbox::Open(half) => half.finish(),
            behind_or_closed => self.outbox = behind_or_closed,
        }
    }

    /// Whether the writer may forget this recipient.
    pub fn is_done(&self) -> bool {
        self.has_left && matches!(self.outbox, Outbox::Closed)
    }

    /// Ends a recipient that is one too many to be behind. The kernel takes its last words in place of a thread.
    pub(super) fn end_without_a_thread(
        &mut self,
        mut half: WriteHalf,
        rest: &Block,
        desk: &mut Desk,
    ) {
        let ending = Ending::TooManyBehind;
        let mut last_words = rest.bytes.to_vec();
        if let (Some((code, reason)), false) = (ending.close(), rest.is_last) {
            last_words.extend_from_slice(&frame::close(code, reason));
        }
        self.socket.end(ending.clone());
        half.socket().make_room();
        match half.send_now(&last_words) {
            Ok(sent) if sent == last_words.len() => {
                half.finish();
                desk.farewells.expect(&self.socket);
            }
            _ => self.break_off(ending),
        }
    }

    /// Gives up a socket that can take nothing more, and wakes its connection's thread.
    pub(super) fn break_off(&mut self, ending: Ending) {
        self.socket.end(ending);
        self.socket.shut_down();
    }
}

/// Who has had his last block, and by when he has to be gone.
#[derive(Debug)]
pub struct Farewells {
    close_timeout: Duration,
    // The time is the same for all, so the first is due first. A socket is not kept open for being in here.
    due: VecDeque<(Instant, Weak<Socket>)>,
}

impl Farewells {
    /// Nobody yet. A peer has the close timeout to answer a Close or to end the connection.
    pub fn new(close_timeout: Duration) -> Farewells {
        Farewells {
            close_timeout,
            due: VecDeque::new(),
        }
    }

    /// Expects a peer to go.
    pub fn expect(&mut self, socket: &Arc<Socket>) {
        self.due
            .push_back((Instant::now() + self.close_timeout, Arc::downgrade(socket)));
    }

    /// When the next one has to be gone, if there is any.
    pub fn next(&self) -> Option<Instant> {
        self.due.front().map(|(due, _)| *due)
    }

    /// Shuts down the sockets of those who are still there. Their connections' threads, which wait for them, end.
    pub fn shut_down_the_late(&mut self) {
        let now = Instant::now();
        while self.next().is_some_and(|due| due <= now) {
            if let Some(socket) = self
                .due
                .pop_front()
                .and_then(|(_, socket)| socket.upgrade())
            {
                socket.shut_down();
            }
        }
    }
}
