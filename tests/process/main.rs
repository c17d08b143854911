//! What our server promises as a process and as a library: its threads, its signals, its exit codes, its log.

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
