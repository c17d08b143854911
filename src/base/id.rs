//! The number of a connection.

/// The number of a connection, by which hub and writers know its client. It is never used again.
pub type ClientId = u64;
