//! A client in the room.

use crate::base::name::Name;

/// A client in the room.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) key: Option<String>,
    /// Whether its joining was announced. Only then is its leaving announced too.
    pub(super) is_announced: bool,
}
