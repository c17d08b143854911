//! Faults around the server and within it: it goes on, or ends with an error.

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
