//! Settings that all threads of the server share.

/// The stack size of each thread: 256 KiB. Untouched stack costs nothing. An overflow aborts the process.
pub const STACK_SIZE: usize = 256 * 1024;
