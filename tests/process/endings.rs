//! The endings of a connection that either side can cause, in every state of the client.

mod fixture;
mod replacing;
mod table;
