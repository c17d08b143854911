//! How to observe a running server: [`metrics`], the [`log`], and with `--show-wire` a [`trace`] of the wire.
//!
//! None of them delays a line: the counters are atomics, and the log and the trace have their own threads.

pub mod counters;
pub mod labels;
pub mod log;
pub mod metrics;
pub mod trace;
