//! What the recipients of one writer share.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::limits::slots::Slots;
use super::queue::Backlog;
use super::socket::Socket;
use super::writer::ToWriter;

/// The limits, the way back to the writer, and who is expected to go.
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
