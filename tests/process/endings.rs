//! The ways in which a connection ends, caused by either side and in every state of the client.

mod fixture;
mod replacing;
mod table;
