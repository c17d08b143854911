//! What a chat server promises to whoever talks to it. The server is the one that `CHAT_SERVER` names, ours by default:
//! a command which takes the options of `chat-server` and prints `listening on ws://ADDRESS/` first.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
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
mod lines;
mod mistakes;
mod notices;
mod past;
mod polling;
mod posting;
mod proof;
mod requests;
mod storms;
mod waiting;
