//! Random numbers. The standard library takes the keys of its hashers from the system's randomness.

use std::hash::{BuildHasher, RandomState};

/// Draws a number.
pub(crate) fn number() -> u64 {
    RandomState::new().hash_one(())
}

/// Draws the id of a room: eight hex digits. They distinguish this room from earlier ones, and protect
/// nothing.
pub(crate) fn room_id() -> String {
    format!("{:08x}", number() as u32)
}
