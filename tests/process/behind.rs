//! What our server promises if a client stops reading or reads irregularly. The other clients lose nothing, and the
//! slow client gets as much as possible.

mod answers;
mod crowd;
mod dropping;
mod eviction;
mod latency;
mod memory;
mod stalled;
mod stalled_clients;
mod stutter;
mod writer;
