//! Handles HTTP requests in the hub: fetches lines, posts lines, and answers long polls.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::server::delivery::batch::OutgoingBatches;
use crate::server::delivery::client_command::ClientCommand;
use crate::server::delivery::room_reply::RoomReply;
use crate::server::hub::room_request::{Post, RoomRequest};
use crate::server::room::Room;
use crate::server::room::history::numbered_lines::NumberedLines;

/// A connection that waits for a line after `since` and up to `until`. Both numbers are set when its request arrives,
/// and later lines do not change them.
#[derive(Debug)]
struct LongPoll {
    since: u64,
    until: u64,
    reply: Sender<NumberedLines>,
}

/// The connections that wait for a line, and the replies that wait for the batch to be sent.
///
/// # Cost
/// Each connection has at most one long poll. A long poll costs the hub one fetch when it begins, and one when the next
/// line completes it. The second fetch takes one step, and one more for each chunk of lines since the last batch.
#[derive(Debug, Default)]
pub(crate) struct LongPolls {
    waiting: HashMap<ClientId, LongPoll>,
    /// Long polls that no line can answer anymore, because the room's numbers have reached `until`. They last until
    /// their timeout.
    unanswerable: HashMap<ClientId, Sender<NumberedLines>>,
    replies: Vec<(ClientId, RoomReply)>,
    /// Whether replies are sent through the batches. Otherwise, they are sent directly to the connections.
    in_batches: bool,
    newest: Arc<AtomicU64>,
}

impl LongPolls {
    /// Handles a request: queues its reply, or starts or cancels a long poll.
    pub fn handle(
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
                self.queue_receipt(id, reply, receipt);
            }
            RoomRequest::Fetch(fetch) => {
                let params = fetch.params;
                let since = room.effective_since(params.since, params.room.as_deref());
                let until = params.until.unwrap_or(u64::MAX);
                let (to, lines) = (fetch.reply, room.fetch(since, until));
                self.forget(id);
                if params.wait.is_none() || !lines.is_empty() {
                    self.replies.push((id, RoomReply::Lines { to, lines }));
                } else if until <= room.newest() {
                    self.unanswerable.insert(id, to);
                } else {
                    let poll = LongPoll {
                        since: since.max(room.newest()),
                        until,
                        reply: to,
                    };
                    self.waiting.insert(id, poll);
                }
            }
        }
    }

    /// Queues the receipt of a POST, to be sent after the batch.
    pub(crate) fn queue_receipt(
        &mut self,
        id: ClientId,
        to: Sender<Option<NumberedLines>>,
        receipt: Option<NumberedLines>,
    ) {
        self.replies.push((id, RoomReply::Receipt { to, receipt }));
    }

    fn forget(&mut self, id: ClientId) {
        self.waiting.remove(&id);
        self.unanswerable.remove(&id);
    }

    /// Answers due long polls, and sends all replies. The batch must already be in the writers' channels.
    pub fn send_replies(&mut self, room: &mut Room, batches: &mut OutgoingBatches) {
        self.answer_long_polls(room);
        let replies = self.replies.drain(..);
        if self.in_batches {
            for (client, reply) in replies {
                batches.push_command(client, ClientCommand::Reply(reply));
            }
            batches.send();
        } else {
            for (_, reply) in replies {
                reply.send();
            }
        }
    }

    fn answer_long_polls(&mut self, room: &mut Room) {
        // Relaxed is enough: only the hub stores this number, and no thread relies on it to order other memory
        // accesses.
        if room.newest() == self.newest.load(Ordering::Relaxed) {
            return;
        }
        self.newest.store(room.newest(), Ordering::Relaxed);
        let newest = room.newest();
        // A long poll that began after the newest line keeps waiting.
        self.waiting.retain(|&client, poll| {
            let stays = poll.since >= newest;
            if !stays {
                let (to, lines) = (
                    poll.reply.clone(),
                    room.fetch_with_held(poll.since, poll.until),
                );
                self.replies.push((client, RoomReply::Lines { to, lines }));
            }
            stays
        });
        room.release_held();
    }

    /// Makes [`LongPolls::send_replies`] send replies through the batches.
    pub(crate) fn set_in_batches(&mut self) {
        self.in_batches = true;
    }

    /// Sets where the number of the newest line is stored.
    pub(crate) fn set_newest_number(&mut self, newest: &Arc<AtomicU64>) {
        self.newest = Arc::clone(newest);
    }

    /// Drops all long polls. Their channels disconnect, which ends the waits of their connections.
    pub(crate) fn drop_all(&mut self) {
        self.waiting.clear();
        self.unanswerable.clear();
    }
}
