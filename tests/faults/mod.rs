//! Faults around the server and inside it: the server continues, or it ends with an error.

mod capacity;
mod panics;
mod scarcity;
mod standstill;
