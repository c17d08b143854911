//! Several servers, one room: with a real Redis, which each test starts for itself.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod cuts;
mod cutting_proxy;
mod kills;
mod order;
mod outages;
mod redis_server;
mod rolling;
mod stage;
mod starting;
