//! The server: one thread per accepted socket, a hub that owns the room, and writers that own the write halves.
//!
//! Its modules are layers. Each imports only from those above it in this list, and a test checks this:
//!
//! | layer | holds |
//! |---|---|
//! | [`room`] | the room as a value: members, names, numbers, history; no socket, no thread |
//! | [`http`] | requests and responses as values |
//! | [`observe`] | counters, metrics, the log, and the trace of frames |
//! | [`net`] | one accepted socket: its two halves, and why it is disconnected |
//! | [`delivery`] | writers: from the hub's batches to the sockets |
//! | [`history_file`] | the thread that writes lines to the disk before the writers receive them |
//! | [`hub`] | the thread that owns the room, and the messages that it handles |
//! | [`config`] | the options |
//! | [`cluster`] | several servers, one room: the log in Redis |
//! | [`connection`] | one connection's thread, from its first byte to its log line |
//! | [`lifecycle`] | bind, accept, run, stop |

pub mod cluster;
pub mod config;
pub mod connection;
pub mod delivery;
pub mod history_file;
pub mod http;
pub mod hub;
pub mod lifecycle;
pub mod net;
pub mod observe;
pub mod room;

pub use config::Config;
pub use config::seconds::Seconds;
pub use lifecycle::server::{Server, ServerHandle};
