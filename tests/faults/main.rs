//! What goes wrong around the server and within it: it goes on, or ends with a word.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod capacity;
mod panics;
mod scarcity;
mod standstill;
