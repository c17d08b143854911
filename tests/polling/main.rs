//! The room over HTTP, as far as it takes more than a raw socket to see it: another client than ours, the hub alone, our
//! own server's threads, its end, and what it counts.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod counted;
mod ends;
mod exposition;
mod hub;
mod independent;
mod page;
mod same;
mod traffic;
