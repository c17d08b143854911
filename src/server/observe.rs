//! How to observe a running server: [`metrics`], the [`log`], and with `--show-wire` a [`trace`] of the wire.
//!
//! The counters are atomics, and the log and the trace have their own threads. Only the trace costs a line time: each frame is
//! formatted on the thread that reads or sends it.

pub mod counters;
pub mod history_counters;
pub mod labels;
pub mod log;
pub mod metrics;
pub mod trace;
