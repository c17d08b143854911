//! Tests of the comparison of the three techniques: its parts, and short runs of the whole program.

mod output;
mod program;
mod values;
