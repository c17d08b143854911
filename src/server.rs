//! The server: one thread per accepted socket, a hub that owns the room, and writers that own the write halves.
//!
//! Its modules are layers. A test checks that each layer imports only from itself, `base`, and the layers above it:
//!
//! | layer | holds |
//! |---|---|
//! | [`room`] | the room as a value: members, names, numbers, history; no socket, no thread |
//! | [`http`] | HTTP requests and responses as values |
//! | [`observe`] | metrics, the log, and the trace of the wire |
//! | [`net`] | one accepted socket, the right to write to it, and the table of all open sockets |
//! | [`delivery`] | the writers, which send the hub's batches to the sockets |
//! | [`history_file`] | the thread that stores lines on the disk before the writers receive them |
//! | [`hub`] | the thread that owns the room, and the messages that it handles |
//! | [`config`] | the options |
//! | [`cluster`] | several servers that share one room through a log in Redis |
//! | [`connection`] | the thread of one connection, from its first byte to its log line |
//! | [`lifecycle`] | how the server binds, accepts, runs and stops |

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
