//! Ways in which either side can end a connection, in every state of the client.

mod fixture;
mod replacing;
mod table;
