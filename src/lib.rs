//! A WebSocket chat room built on blocking calls: one thread per socket, crossbeam channels, no async runtime.
//!
//! ```text
//! clients ── WebSocket or HTTP ──► conn-N      one per accepted socket: blocks in read(2), sends to the hub
//!                                    │ bounded channel (1024)
//!                                    ▼
//!                                   hub        owns the room: names, numbers, history; no socket, no log
//!                                    │ bounded channels (8 messages each)
//!                                    ▼
//!                                  writer-K    owns the write halves of its WebSockets: sends without waiting
//!                                    │ one write half and the rest of one block
//!                                    ▼
//!                                 catch-up-N   for a full socket or a long first block: blocks in write(2)
//!
//! keeper: between hub and writers, with --history-file: each line is on the disk before a client sees it
//! main: bind, run, stop · accept: starts conn-N · ctrl-c: signals · log: stderr · trace: --show-wire
//! ```
//!
//! Threads wait only in one direction. A connection waits while the hub's channel is full, and the hub waits while a
//! writer's channel is full. A writer waits only for messages. So no deadlock is possible, and a stalled client stalls
//! only itself.
//!
//! # Where to read
//!
//! - [The path of a line](guide::path): the files that one line passes through, from read(2) to send(2). Begin here.
//! - [Every wait, and what ends it](guide::waits). [Every step of a stop](server::lifecycle::stop).
//! - [Polling, long polling and WebSocket, measured](guide::compare).
//! - [How the room outlives its server](guide::history_file), with `--history-file`.
//! - [The metrics of the server](guide::metrics).
//! - [Several servers, one room](guide::cluster), with `--redis`.
//! - `src/steps`: small servers that lead to this design. Each server has a flaw that the next server fixes. There are
//!   also two small clients: one that can deadlock, and one that cannot.
//!
//! # The modules
//!
//! - [`server`]: the server, in layers.
//! - [`client`]: the terminal client. The threads `stdin` and `main` do its work, with the help of a few others.
//! - [`base`]: types and functions that the server and the client share.
//! - `lab`: the measurements of `make compare`. It needs the feature `lab`.

pub mod base;
pub mod client;
pub mod guide;
#[cfg(feature = "lab")]
pub mod lab;
pub mod server;
