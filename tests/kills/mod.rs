//! What killed, suspended or starved processes do to other programs and to the lines.

mod killed;
mod starved;
mod stopped;
