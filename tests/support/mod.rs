//! Support code for the tests: time limits, programs in real processes, and clients that do not use tungstenite.

// Each test crate compiles this module separately and uses only a part of it.
#![allow(dead_code)]
// Test code may panic to report a failure.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

pub mod breakpoint;
pub mod chat;
pub mod http_client;
pub mod independent;
pub mod latency;
pub mod library;
pub mod limits;
pub mod metrics;
pub mod ports;
pub mod process;
pub mod programs;
pub mod proxy;
pub mod random;
pub mod raw_client;
pub mod raw_frame;
pub mod raw_stream;
pub mod resources;
pub mod scripted_server;
pub mod socket_queues;
pub mod steps;
pub mod terminal;
pub mod threads;
pub mod wait;
pub mod watchdog;
