//! Malicious or faulty peers: what each gets, that others can still chat, and that the attack leaves nothing behind.

mod closes;
mod crowds;
mod floods;
mod frames;
mod heads;
mod resets;
mod stage;
mod text;
