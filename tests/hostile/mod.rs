//! Peers that mean harm, or know no better: what each gets, that others chat on, and that nothing of it stays behind.

mod closes;
mod crowds;
mod floods;
mod frames;
mod heads;
mod resets;
mod stage;
mod text;
