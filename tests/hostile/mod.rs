//! Malicious or faulty peers. Each peer gets the right response, the other clients can still chat, and the attack
//! leaves no connection, thread or descriptor behind.

mod attack;
mod closes;
mod crowds;
mod floods;
mod frames;
mod heads;
mod resets;
mod text;
