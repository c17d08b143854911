//! What our server promises if a client stops reading or reads irregularly. Other clients lose nothing, and this client
//! gets as much as possible.

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
