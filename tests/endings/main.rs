//! Every ending of a connection, by either side and in every state of the client.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod fixture;
mod replacing;
mod table;
