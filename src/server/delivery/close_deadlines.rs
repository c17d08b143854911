//! The deadlines by which closing clients must have disconnected.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::base::id::ClientId;
use crate::server::net::socket::Socket;

/// The deadlines of the clients whose last block has been sent, and of slow consumers.
#[derive(Debug)]
pub struct CloseDeadlines {
    close_timeout: Duration,
    write_timeout: Duration,
    // `Weak`, so that a deadline does not keep a socket open.
    due: BTreeMap<(Instant, ClientId), Weak<Socket>>,
    // The deadline of each client, to find its entry in `due`.
    deadlines: HashMap<ClientId, Instant>,
}

impl CloseDeadlines {
    /// Makes a table without deadlines.
    pub fn new(close_timeout: Duration, write_timeout: Duration) -> CloseDeadlines {
        CloseDeadlines {
            close_timeout,
            write_timeout,
            due: BTreeMap::new(),
            deadlines: HashMap::new(),
        }
    }

    /// Starts the close timeout of a client to which the last block has been sent.
    pub(crate) fn schedule(&mut self, id: ClientId, socket: &Arc<Socket>) {
        self.schedule_within(self.close_timeout, id, socket);
    }

    /// Sets the deadline of a slow consumer: the write timeout for the block in flight, plus the close timeout.
    ///
    /// The writer sets it: the connection's thread may be blocked in a read and not know that the connection is ending.
    pub(crate) fn schedule_slow(&mut self, id: ClientId, socket: &Arc<Socket>) {
        self.schedule_within(self.write_timeout + self.close_timeout, id, socket);
    }

    fn schedule_within(&mut self, timeout: Duration, id: ClientId, socket: &Arc<Socket>) {
        let due = Instant::now() + timeout;
        // The earlier of two deadlines counts: a client that accepts its Close late gains no time.
        if self.deadlines.get(&id).is_none_or(|before| due < *before) {
            self.forget(id);
            self.deadlines.insert(id, due);
            self.due.insert((due, id), Arc::downgrade(socket));
        }
    }

    /// Removes the deadline of a client that has left. From then on, its connection's thread has a deadline of its own.
    ///
    /// So there are never more deadlines than connections, and no deadline outlives its connection.
    pub(crate) fn forget(&mut self, id: ClientId) {
        if let Some(due) = self.deadlines.remove(&id) {
            self.due.remove(&(due, id));
        }
    }

    /// Returns the next deadline, if there is one.
    pub fn next(&self) -> Option<Instant> {
        self.due.keys().next().map(|(due, _)| *due)
    }

    /// Shuts down the sockets whose deadlines have passed. This wakes their connections' threads, which then end.
    pub(crate) fn close_expired(&mut self) {
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
