//! The server as a whole: [`server`] binds and runs it, [`accept`] starts a thread for each connection, [`capacity`] and
//! [`turned_away`] deal with one connection too many, and [`stop`] ends everything.

pub mod accept;
pub mod accept_waker;
pub mod capacity;
pub mod memory;
pub mod qr;
pub mod reachable;
pub mod server;
pub mod start;
pub mod stop;
pub mod turned_away;
