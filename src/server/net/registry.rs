//! The table of all connections' sockets. A stopping server uses it to wake the threads that wait on these sockets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::id::ClientId;
use crate::server::net::socket::Socket;

/// The open sockets. The lock is held only for one operation on the map, and never during I/O.
#[derive(Debug, Default)]
pub struct SocketRegistry(Mutex<HashMap<ClientId, Arc<Socket>>>);

impl SocketRegistry {
    pub(crate) fn add(&self, id: ClientId, socket: &Arc<Socket>) {
        self.lock().insert(id, Arc::clone(socket));
    }

    pub(crate) fn remove(&self, id: ClientId) {
        self.lock().remove(&id);
    }

    /// Returns how many sockets are open now.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Returns the sockets that are open now.
    pub(crate) fn sockets(&self) -> Vec<Arc<Socket>> {
        self.lock().values().cloned().collect()
    }

    /// Ignores poisoning: the map is consistent even after a panic.
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Arc<Socket>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
