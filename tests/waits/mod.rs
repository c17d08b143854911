//! Stops a server during the waits in `src/guide/waits.md`. `guide.rs` lists the untested waits: a test cannot observe
//! them, or a stop cannot end them.

mod blocked;
mod guide;
mod keeper;
mod table;
