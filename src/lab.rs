//! Measures three techniques in one room: polling, long polling and WebSocket. This module needs the cargo feature
//! `lab`.
//!
//! A speaker says lines at random times. Listeners receive them, each with one technique and over its own connection.
//! Each listener has a thread. With polling, the thread pauses between requests. With long polling or WebSocket, it
//! blocks in read(2) until the server sends something. The listener reports each line through a channel to the
//! collecting thread.
//!
//! Read the modules in this order: `listener`, [`run`](mod@run), [`technique`] (the theory), [`report`] and
//! [`picture`].

mod collected;
mod counting_stream;
// This module and `relay` below are shared with `make network`.
#[path = "steps/delay.rs"]
mod delay;
pub mod delays;
pub mod heads;
mod http;
mod listener;
mod network;
pub mod options;
pub mod picture;
pub mod random;
#[allow(dead_code)]
#[path = "steps/relay.rs"]
mod relay;
pub mod report;
pub mod run;
mod run_context;
pub mod technique;
mod websocket;

pub use crate::lab::options::{CompareOptions, RunOptions};
pub use crate::lab::report::Report;
pub use crate::lab::run::run;
