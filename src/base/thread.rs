//! What the threads that the server starts have in common.

/// The stack of each thread: 256 KiB. Untouched stack costs nothing. An overflow aborts the process.
pub const STACK_SIZE: usize = 256 * 1024;
