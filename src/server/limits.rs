//! What bounds the server as a whole, and each connection.

pub mod capacity;
pub mod cost;
pub mod memory;
pub mod pace;
pub mod refused;
pub mod slots;
