//! Random numbers without a crate: they come from the standard library's hashers, which the operating system seeds.

use std::hash::{BuildHasher, RandomState};

/// Returns a random number of 64 bits.
pub(crate) fn number() -> u64 {
    RandomState::new().hash_one(())
}

/// Returns a random room id: eight hex digits. The id distinguishes a room from earlier ones. It is not a secret.
pub(crate) fn room_id() -> String {
    format!("{:08x}", number() as u32)
}
