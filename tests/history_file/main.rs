//! Tests of `--history-file`: a line with a receipt survives everything that can happen to a server and its disk.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod changed;
mod folder;
mod full_disk;
mod killed;
mod opening;
mod rotating;
mod tail;
