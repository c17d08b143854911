//! Three techniques on one room, measured: polling, long polling and WebSocket. Only with the cargo feature `lab`.
//!
//! A speaker says lines at random times. Listeners hear them, each in its own way and over its own connection, and each
//! on its own thread, which blocks: a poll in a pause, a long poll and a WebSocket in read(2). What they hear is told to
//! the thread that collects it, through a channel. In reading order: [`listener`], [`run`](mod@run), [`technique`] (the theory),
//! [`report`] and [`picture`].

pub mod collected;
pub mod counted;
pub mod course;
pub mod delays;
pub mod heads;
pub mod http;
pub mod listener;
pub mod options;
pub mod picture;
pub mod random;
pub mod report;
pub mod run;
pub mod transport;
pub mod websocket;

pub use crate::lab::options::{Options, Plan};
pub use crate::lab::report::Report;
pub use crate::lab::run::run;
