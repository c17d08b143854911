//! The id of a connection.

/// The number of a connection. A number is never reused. It identifies the client in the hub and in the writers.
pub type ClientId = u64;
