//! What the tests share: a limit on their time, programs as real processes, and two clients that are not tungstenite.

// Each test crate compiles this module for itself and uses a part of it.
#![allow(dead_code)]
// What a test asserts, it may also ask for.
#![allow(clippy::panic, clippy::unwrap_used)]

pub mod chat;
pub mod independent;
pub mod process;
pub mod proxy;
pub mod raw_client;
pub mod raw_frame;
pub mod scripted_server;
pub mod steps;
pub mod terminal;
pub mod threads;
pub mod watchdog;
