//! One chat room over WebSocket, without an async runtime.

pub mod client;
pub mod deadline;
pub mod frame;
pub mod line;
pub mod name;
pub mod server;
