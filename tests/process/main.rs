//! What our server promises as a process and as a library, beyond the chat that `tests/server` tests.
//!
//! These tests are one program, because each program costs a link, and their waits overlap.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod behind;
mod endings;
mod goodbye;
mod library;
mod limits;
mod log;
mod options;
mod polling;
mod reading;
mod signals;
mod start;
mod threads;
mod wire;
