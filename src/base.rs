//! Values and tools that know nothing of the rest: what a line, a name and a frame are, and a few small helpers.
//!
//! Server and client share them. Nothing here imports another module of the crate outside `base`.

pub mod color;
pub mod deadline;
pub mod frame;
pub mod gap;
pub mod id;
pub mod line;
pub mod name;
pub mod palette;
pub mod semaphore;
pub mod send;
pub mod signals;
pub mod supervisor;
pub mod thread;
