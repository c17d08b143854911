//! What our server promises about a client that stops reading, or reads irregularly. Other clients lose nothing, and it
//! gets what it can still get.

mod answers;
mod crowd;
mod dropping;
mod eviction;
mod latency;
mod memory;
mod random;
mod stalled;
mod stalled_clients;
mod stutter;
mod writer;
