//! Tests the keeper and the transcript with a disk that fails.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod committing;
mod disk;
mod keeping;
