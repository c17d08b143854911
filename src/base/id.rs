//! What names a connection.

/// The number of a connection, by which hub and writers know it. It is never used again.
pub type ClientId = u64;
