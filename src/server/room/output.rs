//! Where the room sends its output.

use crate::base::id::ClientId;

/// Receives the room's output. The lines do not end in a newline.
pub trait RoomOutput {
    /// Receives a line for all members.
    fn to_all(&mut self, line: &str);

    /// Receives a line for one client.
    fn to_one(&mut self, id: ClientId, line: &str);
}
