//! Where the room sends its output.

use crate::base::id::ClientId;

/// Receives the room's output. Lines have no newline at their end.
pub trait RoomOutput {
    /// Receives a line for all members.
    fn to_all(&mut self, line: &str);

    /// Receives a line for one client.
    fn to_one(&mut self, id: ClientId, line: &str);
}
