//! The comparison of the three techniques: its parts, and one short run of the whole.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod told;
mod values;
mod whole;
