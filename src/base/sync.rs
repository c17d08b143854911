//! The locks of the client's write side, which are those of `std`.
//!
//! A test replaces them with locks that a model checker schedules: `tests/properties/slot.rs`.

pub use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
