//! What our server promises if a client stops reading or reads irregularly. The other clients lose nothing. Until it is
//! disconnected, the slow client gets every line, except those in reported gaps.

mod answers;
mod crowd;
mod dropping;
mod eviction;
mod latency;
mod memory;
mod stalled;
pub mod stalled_clients;
mod stutter;
mod writer;
