//! One accepted socket: the [`socket`] itself, the right to write to it ([`write_half`]), and how much its peer has
//! received ([`uptake`]). A stopping server wakes its threads through the [`registry`], the table of all open sockets.

pub mod registry;
pub mod socket;
pub mod uptake;
pub mod write_half;
