//! What can be seen of a running server: [`metrics`], the [`log`], and with `--show-wire` a [`trace`] of the wire.
//!
//! Nothing here may delay a line: counters are atomics, and the log and the trace have threads of their own.

pub mod counters;
pub mod labels;
pub mod log;
pub mod metrics;
pub mod trace;
