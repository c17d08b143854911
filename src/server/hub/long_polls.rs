//! What the hub does for HTTP: lines for whoever polls, lines from whoever posts, and those who wait for the next one.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::hub::messages::{Post, RoomRequest};
use crate::server::room::Room;
use crate::server::room::history::chunk::Numbered;

/// A client that waits for a line after one number and up to another. They were fixed when it asked: what it means by them
/// does not change with the lines that come.
#[derive(Debug)]
struct LongPoll {
    since: u64,
    until: u64,
    reply: Sender<Numbered>,
}

/// The clients that wait for a line, at most one wait for each connection, and answers that wait for the batch to be sent.
///
/// # What it costs
/// A wait is answered by the next line, whatever numbers it names, or by none. So each wait costs the hub one fetch when it
/// is asked for and one when it is answered, and nothing in between; the second one takes a step for each chunk of the lines
/// that have come since the last batch.
#[derive(Debug, Default)]
pub struct LongPolls {
    waiting: HashMap<ClientId, LongPoll>,
    /// Waits for lines that can never come, because later ones have come already. They end with their time.
    hopeless: HashMap<ClientId, Sender<Numbered>>,
    fetched: Vec<(Sender<Numbered>, Numbered)>,
    posted: Vec<(Sender<Option<Numbered>>, Option<Numbered>)>,
    newest: Arc<AtomicU64>,
}

impl LongPolls {
    /// Does what a connection's thread asks for, or notes that it waits.
    pub fn answer(
        &mut self,
        id: ClientId,
        ask: RoomRequest,
        room: &mut Room,
        batches: &mut OutgoingBatches,
    ) {
        match ask {
            RoomRequest::Forget => self.forget(id),
            RoomRequest::Post(Post { name, lines, reply }) => {
                let receipt = room.post(&name, &lines, batches);
                self.posted.push((reply, receipt));
            }
            RoomRequest::Fetch(fetch) => {
                let params = fetch.params;
                let since = room.count_from(params.since, params.room.as_deref());
                let until = params.until.unwrap_or(u64::MAX);
                let (reply, lines) = (fetch.reply, room.fetch(since, until));
                self.forget(id);
                if params.wait.is_none() || !lines.is_empty() {
                    self.fetched.push((reply, lines));
                } else if until <= room.newest() {
                    self.hopeless.insert(id, reply);
                } else {
                    let waiter = LongPoll {
                        since: since.max(room.newest()),
                        until,
                        reply,
                    };
                    self.waiting.insert(id, waiter);
                }
            }
        }
    }

    fn forget(&mut self, id: ClientId) {
        self.waiting.remove(&id);
        self.hopeless.remove(&id);
    }

    /// Answers those who have waited, now that the writers have the batch: a waiter is never before a WebSocket.
    ///
    /// Nobody waits for more than one answer, so a channel of one has room, unless its connection has given up on it.
    pub fn wake(&mut self, room: &mut Room) {
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
        let newest = room.newest();
        self.waiting.retain(|_, waiter| {
            // Those that stay have asked in this batch, after its last line.
            let goes_on = waiter.since >= newest;
            if !goes_on {
                let lines = room.fetch_next(waiter.since, waiter.until);
                let _ = waiter.reply.try_send(lines);
            }
            goes_on
        });
        room.settle();
    }

    /// Stores the number of the newest line here, too.
    pub fn set_newest_number(&mut self, newest: &Arc<AtomicU64>) {
        self.newest = Arc::clone(newest);
    }

    /// Lets go of all who wait: their channels disconnect.
    pub fn dismiss(&mut self) {
        self.waiting.clear();
        self.hopeless.clear();
    }
}
