//! Every way in which a connection ends, by either side and in every state of the client.

mod fixture;
mod replacing;
mod table;
