//! The id of the room, shared with all connections.

use std::sync::{Arc, Mutex, PoisonError};

/// The id of this server's room. It changes only if Redis loses entries of the log.
///
/// The mutex is held only while a pointer is copied.
#[derive(Clone, Debug)]
pub struct RoomId(Arc<Mutex<Arc<str>>>);

impl RoomId {
    /// Makes a `RoomId` from the id of a room. Its clones share the id.
    pub fn new(id: Arc<str>) -> RoomId {
        RoomId(Arc::new(Mutex::new(id)))
    }

    /// Returns the id.
    pub fn get(&self) -> Arc<str> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the id with that of another room.
    pub(crate) fn set(&self, id: &Arc<str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(id);
    }
}
