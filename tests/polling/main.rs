//! The room over HTTP, where a test needs more than a raw socket: another client, the hub alone, our own server's
//! threads, its end, and its metrics.

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
