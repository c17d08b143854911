//! What our server promises if a client stops reading or reads irregularly. The other clients lose nothing, and the
//! slow client gets every line up to a reported gap or its disconnection.

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
