//! Random numbers. Their source is the standard library's hashers, which take their keys from the system's randomness.

use std::hash::{BuildHasher, RandomState};

/// Draws a number.
pub(crate) fn number() -> u64 {
    RandomState::new().hash_one(())
}

/// Draws the id of a room: eight hex digits. The id distinguishes this room from earlier ones. It is not a secret.
pub(crate) fn room_id() -> String {
    format!("{:08x}", number() as u32)
}
