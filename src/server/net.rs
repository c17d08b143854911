//! One accepted socket: the [`socket`] itself, the right to write to it ([`write_half`]), the reason for its end
//! ([`disconnect`]), and the table of all open sockets ([`registry`]), which a stop uses to wake them.

pub mod disconnect;
pub mod registry;
pub mod socket;
pub mod uptake;
pub mod write_half;
