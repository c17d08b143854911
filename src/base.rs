//! Types and functions that the other modules share: lines, names, frames, and a few small helpers.
//!
//! `base` imports no other module of this crate.

pub mod color;
pub mod command_line;
pub mod deadline;
pub mod frame;
pub mod gap;
pub mod id;
pub mod key;
pub mod line;
pub mod name;
pub mod palette;
pub(crate) mod random;
pub mod receive;
pub mod semaphore;
pub mod send;
pub mod signals;
pub mod supervisor;
pub(crate) mod sync;
pub mod thread;
