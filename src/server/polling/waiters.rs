//! What the hub does for HTTP: lines for whoever polls, lines from whoever posts, and those who wait for the next one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use crate::server::batch::Batches;
use crate::server::history::Numbered;
use crate::server::id::ClientId;
use crate::server::messages::{Ask, Post};
use crate::server::room::Room;

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

impl Waiters {
    /// Does what a connection's thread asks for, or notes that it waits.
    pub fn answer(&mut self, id: ClientId, ask: Ask, room: &mut Room, batches: &mut Batches) {
        match ask {
            Ask::Forget => _ = self.waiting.remove(&id),
            Ask::Post(Post { name, lines, reply }) => {
                let receipt = room.post(&name, &lines, batches);
                self.posted.push((reply, receipt));
            }
            Ask::Fetch(fetch) => {
                let since = room.count_from(fetch.since, fetch.room.as_deref());
                let until = fetch.until.unwrap_or(u64::MAX);
                let (reply, lines) = (fetch.reply, room.fetch(since, until));
                if lines.is_empty() && fetch.waits {
                    let waiter = Waiter {
                        since,
                        until,
                        reply,
                    };
                    self.waiting.insert(id, waiter);
                } else {
                    self.fetched.push((reply, lines));
                }
            }
        }
    }

    /// Answers those who have waited, now that the writers have the batch: a waiter is never before a WebSocket.
    ///
    /// Nobody waits for more than one answer, so a channel of one has room, unless its connection has given up on it.
    pub fn wake(&mut self, room: &Room) {
        for (reply, lines) in self.fetched.drain(..) {
            let _ = reply.try_send(lines);
        }
        for (reply, receipt) in self.posted.drain(..) {
            let _ = reply.try_send(receipt);
        }
        // Nobody else changes it, and nobody concludes anything from it but the number itself: relaxed.
        if room.newest() == self.newest.load(Ordering::Relaxed) {
            return;
        }
        self.newest.store(room.newest(), Ordering::Relaxed);
        // Most wait for the same lines, and then share them.
        let mut last: Option<((u64, u64), Numbered)> = None;
        self.waiting.retain(|_, waiter| {
            let asked = (waiter.since, waiter.until);
            let lines = match last.take() {
                Some((same, lines)) if same == asked => lines,
                _ => room.fetch(waiter.since, waiter.until),
            };
            let goes_on = lines.is_empty();
            if !goes_on {
                let _ = waiter.reply.try_send(Arc::clone(&lines));
            }
            last = Some((asked, lines));
            goes_on
        });
    }

    /// Stores the number of the newest line here, too.
    pub fn tell_newest(&mut self, newest: &Arc<AtomicU64>) {
        self.newest = Arc::clone(newest);
    }

    /// Lets go of all who wait: their channels disconnect.
    pub fn dismiss(&mut self) {
        self.waiting.clear();
    }
}
