//! What a chat server promises to its clients. The environment variable `CHAT_SERVER` may hold the command line of
//! another server to test. That server must accept the options of `chat-server` and first print `listening on
//! ws://ADDRESS/`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod chunked;
mod closing;
mod commands;
mod echo;
mod handshakes;
mod hosts;
mod joining;
mod joining_under_load;
mod lines;
mod long_polling;
mod notices;
mod polling;
mod posting;
mod protocol_errors;
mod receipts;
mod replay;
mod requests;
