//! The locks of the client's write side. They are those of `std`.
//!
//! A test replaces them with locks that a model checker schedules: `tests/properties/slot.rs`.

pub use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
