//! Property tests: statements about all values, checked with many random values. `cargo test` uses a fixed seed, and
//! `make fuzz` uses other seeds.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod chunks;
mod cutting_room;
mod cutting_server;
mod heads;
mod lines;
mod names;
mod pieces;
mod recipient;
mod reconnecting;
mod room;
mod room_model;
mod room_work;
mod runner;
#[cfg(feature = "tls")]
mod tls_peer;
mod write_side;
mod write_side_model;

// The source of the real write side, but with the locks and the socket of `write_side_model`.
#[allow(dead_code)]
#[path = "../../src/client/connect/write_side.rs"]
mod modelled_write_side;

use write_side_model::{base, client};
