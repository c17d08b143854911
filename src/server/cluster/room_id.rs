//! The id of the room, as all connections show it.

use std::sync::{Arc, Mutex, PoisonError};

/// The id of the room that this server has. Only a lost log changes it.
///
/// The mutex is held for as long as it takes to copy a pointer.
#[derive(Clone, Debug)]
pub struct RoomId(Arc<Mutex<Arc<str>>>);

impl RoomId {
    /// Makes the id of a room.
    pub fn new(id: Arc<str>) -> RoomId {
        RoomId(Arc::new(Mutex::new(id)))
    }

    /// Returns the id.
    pub fn get(&self) -> Arc<str> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets the id of another room.
    pub(crate) fn set(&self, id: &Arc<str>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(id);
    }
}
