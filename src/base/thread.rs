//! What all threads of the server have in common.

/// The stack of each thread: 256 KiB. What is not touched costs nothing; an overflow would abort the process.
pub const STACK_SIZE: usize = 256 * 1024;
