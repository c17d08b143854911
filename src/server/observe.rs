//! How to observe a running server: [`metrics`], the [`log`], and with `--show-wire` a [`trace`] of the wire.
//! [`disconnect`] says why a connection ends. It is here because the metrics and the log report the reason.
//!
//! The counters are atomics, and the log and the trace have their own threads. Only the trace delays a line: the thread
//! that reads or sends a frame also formats its text.

pub mod counters;
pub mod disconnect;
pub mod history_counters;
pub mod labels;
pub mod log;
pub mod lossy_queue;
pub mod metrics;
pub mod trace;
