//! The room over HTTP, as far as it takes more than a raw socket to see it: another client than ours, the hub alone, our
//! own server's threads and its end.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod hub;
mod independent;
mod same;
