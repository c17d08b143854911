//! Stops a server while a thread is in each of the waits that `src/guide/waits.md` lists.

mod guide;
mod held;
mod keeper;
mod table;
