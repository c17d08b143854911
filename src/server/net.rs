//! One accepted socket: the [`socket`] itself, the right to write to it ([`write_half`]), and the reason why it is
//! closed ([`disconnect`]). The [`registry`] is the table of all open sockets. A stop uses it to wake them.

pub mod disconnect;
pub mod registry;
pub mod socket;
pub mod uptake;
pub mod write_half;
