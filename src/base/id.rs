//! The id of a connection.

/// The number of a connection. It identifies the client in the hub and in the writers, and is never reused.
pub type ClientId = u64;
