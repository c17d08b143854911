//! What our programs promise as processes and as a library, besides the chat that `tests/server` tests.
//!
//! Several folders beside this one are part of the same test program, because each test program must be linked. Also,
//! the tests of one program run in parallel, which saves time because most of them wait.

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
#[cfg(feature = "lab")]
#[path = "../compare/mod.rs"]
mod compare;
mod endings;
#[path = "../faults/mod.rs"]
mod faults;
mod goodbye;
#[path = "../hostile/mod.rs"]
mod hostile;
#[path = "../kills/mod.rs"]
mod kills;
mod library;
mod limits;
mod log;
mod options;
mod polling;
mod reading;
mod signals;
mod start;
#[path = "../stopping/mod.rs"]
mod stopping;
mod threads;
#[path = "../waits/mod.rs"]
mod waits;
mod wire;

// The judge's files use this path in their own program too.
use check::judge;
