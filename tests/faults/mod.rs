//! Faults in the environment of the server and inside it. The server continues, or it ends with an error.

mod capacity;
mod low_resources;
mod panics;
mod suspended;
