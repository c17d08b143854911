//! The table of all open sockets, for whoever has to wake their threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::id::ClientId;
use crate::server::net::socket::Socket;

/// Which sockets there are. Its lock is held to look something up, to add and to remove, and never while waiting.
#[derive(Debug, Default)]
pub struct SocketRegistry(Mutex<HashMap<ClientId, Arc<Socket>>>);

impl SocketRegistry {
    /// Makes a socket known.
    pub fn add(&self, id: ClientId, socket: &Arc<Socket>) {
        self.lock().insert(id, Arc::clone(socket));
    }

    /// Forgets a socket.
    pub fn remove(&self, id: ClientId) {
        self.lock().remove(&id);
    }

    /// How many sockets are known now.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// The sockets that are known now.
    pub fn all(&self) -> Vec<Arc<Socket>> {
        self.lock().values().cloned().collect()
    }

    /// A map is whole after each of its operations, so a panic elsewhere is no reason not to use it.
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Arc<Socket>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
