//! What our server promises as a process and as a library: threads, signals, exit codes, log.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod goodbye;
mod library;
mod log;
mod options;
mod signals;
mod start;
mod threads;
mod wire;
