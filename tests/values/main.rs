//! What is a value of its own and needs no socket and no thread: lines, names, frames, the room, heads, the queue.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod frames;
mod heads;
mod history;
mod lines;
mod names;
mod notices;
mod origins;
mod pace;
mod queue;
mod room;
mod room_commands;
mod room_joining;
mod room_work;
mod shown;
mod stage;
mod tap;
