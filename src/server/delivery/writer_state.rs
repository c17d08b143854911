//! What the recipients of one writer share.

use std::collections::{BTreeMap, HashMap};

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use crate::base::id::ClientId;
use crate::base::semaphore::Semaphore;
use crate::server::delivery::messages::WriterMessage;
use crate::server::delivery::queue::Backlog;
use crate::server::net::socket::Socket;

/// The limits, the way back to the writer, and who is expected to go.
#[derive(Debug)]
pub struct WriterState {
    /// How much may wait for one recipient.
    pub backlog: Backlog,
    /// How many recipients of all writers may be behind.
    pub permits: Semaphore,
    /// Where catch-up threads report.
    pub inbox: Sender<WriterMessage>,
    /// How many of them have not reported yet.
    pub behind: usize,
    /// Those who have to be gone soon.
    pub close_deadlines: CloseDeadlines,
}

/// Who has to be gone, and by when.
#[derive(Debug)]
pub struct CloseDeadlines {
    close_timeout: Duration,
    write_timeout: Duration,
    // A socket is not kept open for being in here.
    due: BTreeMap<(Instant, ClientId), Weak<Socket>>,
    // The keys of `due`, so that a client that goes in time can be taken out.
    deadlines: HashMap<ClientId, Instant>,
}

impl CloseDeadlines {
    /// Nobody yet.
    pub fn new(close_timeout: Duration, write_timeout: Duration) -> CloseDeadlines {
        CloseDeadlines {
            close_timeout,
            write_timeout,
            due: BTreeMap::new(),
            deadlines: HashMap::new(),
        }
    }

    /// Expects a peer to go that has had its last block: it has the close timeout to answer a Close or to end.
    pub fn schedule(&mut self, id: ClientId, socket: &Arc<Socket>) {
        self.schedule_within(self.close_timeout, id, socket);
    }

    /// Expects a peer to go that was too slow: it also has the write timeout to take the block that is under way.
    ///
    /// Its connection's thread may not know yet that it is to end. It waits for what the peer says.
    pub fn schedule_slow(&mut self, id: ClientId, socket: &Arc<Socket>) {
        self.schedule_within(self.write_timeout + self.close_timeout, id, socket);
    }

    fn schedule_within(&mut self, patience: Duration, id: ClientId, socket: &Arc<Socket>) {
        let due = Instant::now() + patience;
        // Of two deadlines the earlier one stands: a client that takes its Close late gets no more time for it.
        if self.deadlines.get(&id).is_none_or(|before| due < *before) {
            self.forget(id);
            self.deadlines.insert(id, due);
            self.due.insert((due, id), Arc::downgrade(socket));
        }
    }

    /// Removes a client that has left: its connection's thread keeps the deadlines of its goodbye by itself.
    ///
    /// So there are never more deadlines than connections, whatever the close timeout is, and none keeps the memory of a
    /// socket that is closed.
    pub fn forget(&mut self, id: ClientId) {
        if let Some(due) = self.deadlines.remove(&id) {
            self.due.remove(&(due, id));
        }
    }

    /// When the next one has to be gone, if there is any.
    pub fn next(&self) -> Option<Instant> {
        self.due.keys().next().map(|(due, _)| *due)
    }

    /// Shuts down the sockets of those who are still there. Their connections' threads, which wait for them, end.
    pub fn close_expired(&mut self) {
        let now = Instant::now();
        while self.next().is_some_and(|due| due <= now) {
            let Some(((_, id), socket)) = self.due.pop_first() else {
                return;
            };
            self.deadlines.remove(&id);
            if let Some(socket) = socket.upgrade() {
                socket.shut_down();
            }
        }
    }
}
