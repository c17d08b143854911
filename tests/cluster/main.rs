//! Several servers share one room through a real Redis. Each test starts its own.

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
