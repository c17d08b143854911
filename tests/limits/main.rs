//! What our server promises at the edge of each limit. A client within the limit does not notice it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod asking;
mod floods;
mod places;
mod silence;
mod sizes;
mod taking;
