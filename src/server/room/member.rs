//! A client in the room.

use crate::base::name::Name;

/// A client in the room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) key: Option<String>,
    /// Whether the member's join was announced. If not, the leave is not announced either.
    pub(super) is_announced: bool,
}
