//! One accepted socket: the [`socket`] itself, the right to write to it ([`write_half`]), and how much its peer has
//! received ([`uptake`]). A stopping server wakes the threads of connections through the [`registry`] of their sockets.

pub mod registry;
pub mod socket;
pub mod uptake;
pub mod write_half;
