//! Faults inside the server and in its environment. The server continues, or it ends with an error.

mod capacity;
mod low_resources;
mod panics;
mod suspended;
