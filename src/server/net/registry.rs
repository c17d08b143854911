//! The table of all open sockets. A stop uses it to wake their threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::id::ClientId;
use crate::server::net::socket::Socket;

/// The open sockets. Its lock is held for one operation of the map, and never while waiting.
#[derive(Debug, Default)]
pub struct SocketRegistry(Mutex<HashMap<ClientId, Arc<Socket>>>);

impl SocketRegistry {
    /// Adds a socket.
    pub fn add(&self, id: ClientId, socket: &Arc<Socket>) {
        self.lock().insert(id, Arc::clone(socket));
    }

    /// Removes a socket.
    pub fn remove(&self, id: ClientId) {
        self.lock().remove(&id);
    }

    /// Returns how many sockets are open now.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Returns the sockets that are open now.
    pub fn all(&self) -> Vec<Arc<Socket>> {
        self.lock().values().cloned().collect()
    }

    /// Ignores poison: the map is whole after each of its operations.
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Arc<Socket>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
