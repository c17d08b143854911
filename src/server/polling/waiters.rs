//! What the hub does for HTTP: lines for whoever polls, lines from whoever posts, and those who wait for the next one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use crate::line::Lines;
use crate::name::Name;
use crate::server::hub::Hub;
use crate::server::socket::ClientId;

/// Lines that the room has numbered, shared by all who get them.
pub type Numbered = Arc<[Arc<str>]>;

/// What a connection's thread asks of the hub for a request. It is answered through a channel of one, without waiting; if
/// the channel disconnects in place of an answer, the server stops.
#[derive(Debug)]
pub enum Ask {
    /// Lines that were said.
    Fetch(Fetch),
    /// To say lines.
    Post(Post),
    /// Nothing any more: the connection ends, and with it its wait.
    Forget,
}

/// Which lines somebody asks for.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Those after this number; without one, all that are kept.
    pub since: Option<u64>,
    /// Those up to this number.
    pub until: Option<u64>,
    /// The room whose numbers these are; without one, this room.
    pub room: Option<String>,
    /// Whether to wait for a line if there is none.
    pub waits: bool,
    /// Where the lines go.
    pub reply: Sender<Numbered>,
}

/// Lines that somebody says who is not in the room.
#[derive(Debug)]
pub struct Post {
    /// In whose name.
    pub name: Name,
    /// The lines, said as they are: none is a command.
    pub lines: Lines,
    /// Where their numbers go, or `None` if a member has this name.
    pub reply: Sender<Option<Numbered>>,
}

/// Somebody who waits for a line after one number and up to another. They were fixed when he asked: what he means by them
/// does not change with the lines that come.
#[derive(Debug)]
struct Waiter {
    since: u64,
    until: u64,
    reply: Sender<Numbered>,
}

/// Those who wait for a line, at most one for each connection, and answers that wait for the batch to be sent.
#[derive(Debug, Default)]
pub struct Waiters {
    waiting: HashMap<ClientId, Waiter>,
    fetched: Vec<(Sender<Numbered>, Numbered)>,
    posted: Vec<(Sender<Option<Numbered>>, Option<Numbered>)>,
    newest: Arc<AtomicU64>,
}

impl Hub {
    /// The same hub, which stores the number of the newest line here.
    pub fn telling_the_newest(mut self, newest: &Arc<AtomicU64>) -> Hub {
        self.waiters.newest = Arc::clone(newest);
        self
    }

    /// Does what a connection's thread asks for, or notes that it waits.
    pub(in crate::server) fn answer(&mut self, id: ClientId, ask: Ask) {
        match ask {
            // A channel that is dropped says that the server stops.
            _ if self.is_stopping => {}
            Ask::Forget => _ = self.waiters.waiting.remove(&id),
            Ask::Post(Post { name, lines, reply }) => {
                let receipt = self.room.post(&name, &lines, &mut self.batches);
                self.waiters.posted.push((reply, receipt));
            }
            Ask::Fetch(fetch) => {
                let since = self.room.count_from(fetch.since, fetch.room.as_deref());
                let until = fetch.until.unwrap_or(u64::MAX);
                let (reply, lines) = (fetch.reply, self.room.fetch(since, until));
                if lines.is_empty() && fetch.waits {
                    let waiter = Waiter {
                        since,
                        until,
                        reply,
                    };
                    self.waiters.waiting.insert(id, waiter);
                } else {
                    self.waiters.fetched.push((reply, lines));
                }
            }
        }
    }

    /// Answers those who have waited, now that the writers have the batch: a waiter is never before a WebSocket.
    ///
    /// Nobody waits for more than one answer, so a channel of one has room, unless its connection has given up on it.
    pub(in crate::server) fn wake_waiters(&mut self) {
        for (reply, lines) in self.waiters.fetched.drain(..) {
            let _ = reply.try_send(lines);
        }
        for (reply, receipt) in self.waiters.posted.drain(..) {
            let _ = reply.try_send(receipt);
        }
        // Nobody else changes it, and nobody concludes anything from it but the number itself: relaxed.
        if self.room.newest() == self.waiters.newest.load(Ordering::Relaxed) {
            return;
        }
        self.waiters
            .newest
            .store(self.room.newest(), Ordering::Relaxed);
        // Most wait for the same lines, and then share them.
        let mut last: Option<((u64, u64), Numbered)> = None;
        self.waiters.waiting.retain(|_, waiter| {
            let asked = (waiter.since, waiter.until);
            let lines = match last.take() {
                Some((same, lines)) if same == asked => lines,
                _ => self.room.fetch(waiter.since, waiter.until),
            };
            let goes_on = lines.is_empty();
            if !goes_on {
                let _ = waiter.reply.try_send(Arc::clone(&lines));
            }
            last = Some((asked, lines));
            goes_on
        });
    }
}

impl Waiters {
    /// Lets go of all who wait: their channels disconnect.
    pub(in crate::server) fn dismiss(&mut self) {
        self.waiting.clear();
    }
}
