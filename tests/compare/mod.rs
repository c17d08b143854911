//! The comparison of the three techniques: its parts, and one short run of the whole.

mod told;
mod values;
mod whole;
