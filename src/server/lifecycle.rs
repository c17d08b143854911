//! The server as a whole. [`server`] binds and runs it, and [`start`] starts its threads. [`room_threads`] starts the
//! hub, the keeper and the writers. [`accept`] starts a thread for each connection. [`capacity`] limits the number of
//! connections, and [`turned_away`] answers those beyond the limit. [`stop`] ends everything.

pub mod accept;
pub mod accept_waker;
pub mod capacity;
#[cfg_attr(not(feature = "redis"), path = "lifecycle/no_clustering.rs")]
pub mod clustering;
mod control_group;
pub mod memory;
pub mod qr;
pub mod reachable;
mod room_context;
mod room_source;
pub mod room_threads;
pub mod server;
pub mod start;
pub mod stop;
pub mod turned_away;
