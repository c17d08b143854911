//! Processes that are killed, suspended, or short of resources: no line is lost silently, and other programs continue.

mod killed;
mod low_resources;
mod suspended;
