//! What holds for all values, tried on many: from a fixed seed in `cargo test`, and from other ones with `make fuzz`.

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
mod slot;
#[cfg(feature = "tls")]
mod tls_peer;
mod tries;
mod write_side;

// The write side itself, with the locks and the socket of `slot` in place of the real ones.
#[allow(dead_code)]
#[path = "../../src/client/connect/write_side.rs"]
mod modelled_write_side;

use slot::{base, client};
