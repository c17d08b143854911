//! One accepted socket: the [`socket`] itself, and the right to write to it ([`write_half`]). The [`registry`] is the
//! table of all open sockets. A stop uses it to wake them.

pub mod registry;
pub mod socket;
pub mod uptake;
pub mod write_half;
