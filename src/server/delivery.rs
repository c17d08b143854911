//! Delivers the hub's batches to the sockets.
//!
//! Read [`messages`] and [`client_command`] first: they define everything that a writer receives. The hub fills a
//! [`batch`] for each writer. A [`writer`] sends its batch to its recipients. A [`recipient`] that is behind has a
//! [`queue`] and a [`catch_up`] thread.

pub mod backlog;
pub mod batch;
pub mod block;
pub mod catch_up;
pub mod client_command;
pub mod close_deadlines;
pub mod messages;
pub mod queue;
pub mod recipient;
pub mod room_reply;
pub mod writer;
pub mod writer_state;
