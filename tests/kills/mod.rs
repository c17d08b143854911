//! What a killed, a stopped and a starved process does to the others, and to what was said.

mod killed;
mod starved;
mod stopped;
