//! Where the room puts its output.

use crate::base::id::ClientId;

/// Where the room puts its output. Lines come without a newline.
pub trait RoomOutput {
    /// Takes a line for all members.
    fn to_all(&mut self, line: &str);

    /// Takes a line for one client.
    fn to_one(&mut self, id: ClientId, line: &str);
}
