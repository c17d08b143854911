//! How clients get into the room, what they may ask of it, and how they leave it.

pub mod commands;
pub mod join;
pub mod names;
pub mod notices;
