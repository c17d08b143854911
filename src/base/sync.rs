//! The locks of the client's write side: those of `std`.
//!
//! The test `tests/properties/write_side_model.rs` replaces them with the locks of a model checker.

pub use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
