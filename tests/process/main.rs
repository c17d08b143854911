//! What our programs and our library promise. The tests of the chat itself are in `tests/server`.
//!
//! Several other folders of `tests` belong to this test program, because linking a test program takes time. Also, the
//! tests of one program run in parallel. This saves time, because most tests only wait.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod behind;
#[path = "../check/tests.rs"]
mod check;
#[path = "../client/mod.rs"]
mod client;
#[cfg(feature = "redis")]
#[path = "../cluster/mod.rs"]
mod cluster;
#[cfg(feature = "lab")]
#[path = "../compare/mod.rs"]
mod compare;
mod endings;
#[path = "../faults/mod.rs"]
mod faults;
mod goodbye;
#[path = "../history_file/mod.rs"]
mod history_file;
#[path = "../hostile/mod.rs"]
mod hostile;
#[path = "../kills/mod.rs"]
mod kills;
mod library;
mod limits;
mod log;
mod network;
mod options;
mod polling;
mod reading;
mod signals;
mod start;
mod steps;
#[path = "../stopping/mod.rs"]
mod stopping;
mod stream;
mod threads;
#[path = "../waits/mod.rs"]
mod waits;
mod wire;

// The files of `tests/check/judge` refer to `crate::judge`, both here and in their own program.
use check::judge;
