//! Stops a server in the middle of a wait, for each wait in `src/guide/waits.md`. The exceptions are the waits that a
//! test cannot observe, or that a stop cannot end.

mod blocked;
mod guide;
mod keeper;
mod table;
