//! What the hub does for HTTP: it fetches lines, says lines, and answers long polls.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::hub::room_request::{Post, RoomRequest};
use crate::server::room::Room;
use crate::server::room::history::numbered_lines::NumberedLines;

/// A connection that waits for a line after `since` and up to `until`. Both are fixed when its request arrives: later
/// lines do not change them.
#[derive(Debug)]
struct LongPoll {
    since: u64,
    until: u64,
    reply: Sender<NumberedLines>,
}

/// The connections that wait for a line, and the answers that wait for the batch to be sent.
///
/// # Cost
/// Each connection has at most one long poll. It costs the hub one fetch when it begins, and one when the next line answers
/// it. The second fetch takes a step for each chunk of the lines since the last batch.
#[derive(Debug, Default)]
pub struct LongPolls {
    waiting: HashMap<ClientId, LongPoll>,
    /// Long polls for lines that can no longer come, because the numbers are past `until`. They end with their timeout.
    hopeless: HashMap<ClientId, Sender<NumberedLines>>,
    fetched: Vec<(Sender<NumberedLines>, NumberedLines)>,
    posted: Vec<(Sender<Option<NumberedLines>>, Option<NumberedLines>)>,
    newest: Arc<AtomicU64>,
}

impl LongPolls {
    /// Answers a request, or starts a long poll.
    pub fn answer(
        &mut self,
        id: ClientId,
        request: RoomRequest,
        room: &mut Room,
        batches: &mut OutgoingBatches,
    ) {
        match request {
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
                    let poll = LongPoll {
                        since: since.max(room.newest()),
                        until,
                        reply,
                    };
                    self.waiting.insert(id, poll);
                }
            }
        }
    }

    fn forget(&mut self, id: ClientId) {
        self.waiting.remove(&id);
        self.hopeless.remove(&id);
    }

    /// Sends the answers, now that the batch is in the writers' channels.
    ///
    /// A connection waits for at most one answer, so its channel of capacity 1 has room. If the connection has given
    /// up, the answer is dropped.
    pub fn wake(&mut self, room: &mut Room) {
        for (reply, lines) in self.fetched.drain(..) {
            let _ = reply.try_send(lines);
        }
        for (reply, receipt) in self.posted.drain(..) {
            let _ = reply.try_send(receipt);
        }
        // Relaxed: only the hub changes it, and no thread relies on it for the order of other memory.
        if room.newest() == self.newest.load(Ordering::Relaxed) {
            return;
        }
        self.newest.store(room.newest(), Ordering::Relaxed);
        let newest = room.newest();
        self.waiting.retain(|_, poll| {
            // A long poll stays if it began in this batch, after the last line.
            let goes_on = poll.since >= newest;
            if !goes_on {
                let lines = room.fetch_next(poll.since, poll.until);
                let _ = poll.reply.try_send(lines);
            }
            goes_on
        });
        room.release_held();
    }

    /// Sets where the number of the newest line is stored.
    pub(crate) fn set_newest_number(&mut self, newest: &Arc<AtomicU64>) {
        self.newest = Arc::clone(newest);
    }

    /// Drops all long polls. Their channels disconnect.
    pub(crate) fn dismiss(&mut self) {
        self.waiting.clear();
        self.hopeless.clear();
    }
}
