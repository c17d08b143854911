//! Peers that mean harm, or know no better: what each gets, that others chat on, and that nothing of it stays behind.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod closes;
mod crowds;
mod floods;
mod frames;
mod heads;
mod resets;
mod stage;
mod text;
