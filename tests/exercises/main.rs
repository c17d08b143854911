//! The tests of the exercises in `src/guide/exercises.md`.
//!
//! The test of an exercise is ignored until you enable it: delete its line `#[ignore …]`, or type the command that the
//! exercise gives. Until you solve the exercise, the test fails, and its message names what is missing.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod bridge;
mod client;
mod events;
mod me;
mod mine;
mod msg;
mod patch;
mod referee;
mod rooms;
mod server;
mod solutions;
mod waits;
