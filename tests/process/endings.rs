//! Every ending of a connection, by either side and in every state of the client.

mod fixture;
mod replacing;
mod table;
