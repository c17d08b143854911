//! Stops a server while one of its threads waits, once for each wait in `src/guide/waits.md` that a test can observe
//! and a stop can end.

mod guide;
mod held;
mod keeper;
mod table;
