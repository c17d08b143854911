//! What a killed, a stopped and a starved process does to the others, and to what was said.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod killed;
mod starved;
mod stopped;
