//! Every ending of a connection, from whichever side it comes and in whatever state it meets the client.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod replacing;
mod stage;
mod table;
