//! One accepted socket: the [`socket`] itself, the right to write to it ([`write_half`]), and how much its peer has
//! received ([`uptake`]). The [`registry`] is the table of all open sockets. A stop uses it to wake their threads.

pub mod registry;
pub mod socket;
pub mod uptake;
pub mod write_half;
