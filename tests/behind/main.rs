//! What our server promises about a client that stops reading, or reads when it likes: it costs nobody anything, and gets
//! what it can still be given.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod crowd;
mod delays;
mod dropping;
mod eviction;
mod memory;
mod random;
mod stage;
mod stalled;
mod stutter;
mod writer;
