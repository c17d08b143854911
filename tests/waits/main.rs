//! Stopping a server while a thread sits in each of the waits that `src/guide/waits.md` lists.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod guide;
mod held;
mod keeper;
mod table;
