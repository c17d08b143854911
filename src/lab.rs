//! Measures three techniques on one room: polling, long polling and WebSocket. Only with the cargo feature `lab`.
//!
//! A speaker says lines at random times. Listeners hear them, each with its own technique and its own connection. Each
//! has a thread, which blocks: a poll in a pause, a long poll and a WebSocket in read(2). A listener sends what it
//! hears through a channel to the collecting thread. In reading order: [`listener`], [`run`](mod@run), [`technique`]
//! (the theory), [`report`] and [`picture`].

pub mod collected;
pub mod counting_stream;
pub mod run_context;
// Shared with `make network`: its parser and its two threads.
#[path = "steps/delay.rs"]
mod delay;
pub mod delays;
pub mod heads;
pub mod http;
pub mod listener;
pub mod network;
pub mod options;
pub mod picture;
pub mod random;
#[allow(dead_code)]
#[path = "steps/relay.rs"]
mod relay;
pub mod report;
pub mod run;
pub mod technique;
pub mod websocket;

pub use crate::lab::options::{CompareOptions, Plan};
pub use crate::lab::report::Report;
pub use crate::lab::run::run;
