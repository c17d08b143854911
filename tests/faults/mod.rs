//! Faults around the server and within it: it goes on, or ends with an error.

mod capacity;
mod panics;
mod scarcity;
mod standstill;
