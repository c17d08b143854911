//! Tests of types that use no socket and no thread, such as lines, frames, the room, heads, and the queue.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod after_gap;
mod colorizer;
mod frames;
mod heads;
mod history;
mod known_names;
mod lines;
mod origins;
mod queue;
mod reflow;
mod replicas;
mod room;
mod room_commands;
mod room_joining;
mod test_room;
mod trace;
