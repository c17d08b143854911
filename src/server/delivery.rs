//! From the hub's batches to the sockets.
//!
//! Read [`messages`] first: it lists all that a writer can be sent. The hub fills [`batch`]es; a [`writer`] goes through
//! its [`recipient`]s; a recipient that is behind has a [`queue`] and a [`catch_up`] thread; [`closing`] says goodbye.

pub mod batch;
pub mod block;
pub mod catch_up;
pub mod closing;
pub mod messages;
pub mod queue;
pub mod recipient;
pub mod writer;
pub mod writer_state;
