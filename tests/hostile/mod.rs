//! Malicious or faulty peers. Each gets the right response, others can still chat, and the attack leaves nothing
//! behind.

mod closes;
mod crowds;
mod floods;
mod frames;
mod heads;
mod resets;
mod stage;
mod text;
