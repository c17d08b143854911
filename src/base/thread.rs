//! The stack size of the server's threads.

/// The stack size of each thread that the server starts itself: 256 KiB. Untouched stack costs no memory. An overflow aborts the process.
pub const STACK_SIZE: usize = 256 * 1024;
