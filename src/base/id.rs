//! The number of a connection.

/// The number of a connection. It identifies the client in the hub and in the writers. It is never reused.
pub type ClientId = u64;
