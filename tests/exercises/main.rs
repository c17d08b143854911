//! The tests of the exercises in `src/guide/exercises.md`.
//!
//! Each is ignored until you turn it on: delete its line `#[ignore …]`, or type the command in its exercise. Today each
//! fails, and says in a sentence what is missing.

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
