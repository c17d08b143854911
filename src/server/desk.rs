//! What the recipients of one writer share.

use std::collections::{BTreeMap, HashMap};

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::id::ClientId;
use super::limits::slots::Slots;
use super::orders::ToWriter;
use super::queue::Backlog;
use super::socket::Socket;

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
    /// Those who have to be gone soon.
    pub farewells: Farewells,
}

/// Who has to be gone, and by when.
#[derive(Debug)]
pub struct Farewells {
    close_timeout: Duration,
    write_timeout: Duration,
    // A socket is not kept open for being in here.
    due: BTreeMap<(Instant, ClientId), Weak<Socket>>,
    // The keys of `due`, so that a client that goes in time can be taken out.
    deadlines: HashMap<ClientId, Instant>,
}

impl Farewells {
    /// Nobody yet.
    pub fn new(close_timeout: Duration, write_timeout: Duration) -> Farewells {
        Farewells {
            close_timeout,
            write_timeout,
            due: BTreeMap::new(),
            deadlines: HashMap::new(),
        }
    }

    /// Expects a peer to go that has had its last block: it has the close timeout to answer a Close or to end.
    pub fn expect(&mut self, id: ClientId, socket: &Arc<Socket>) {
        self.expect_within(self.close_timeout, id, socket);
    }

    /// Expects a peer to go that was too slow: it also has the write timeout to take the block that is under way.
    ///
    /// Its connection's thread may not know yet that it is to end. It waits for what the peer says.
    pub fn expect_slow(&mut self, id: ClientId, socket: &Arc<Socket>) {
        self.expect_within(self.write_timeout + self.close_timeout, id, socket);
    }

    fn expect_within(&mut self, patience: Duration, id: ClientId, socket: &Arc<Socket>) {
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
    pub fn shut_down_the_late(&mut self) {
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
