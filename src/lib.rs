//! One chat room over WebSocket, of blocking calls: a thread per socket, crossbeam channels, and no async runtime.
//!
//! ```text
//!   clients ──── WebSocket or HTTP ────►  conn-N        one per accepted socket, blocked in read(2);
//!                                           │           turns frames and requests into messages for the hub
//!                                           │ bounded channel (1024)
//!                                           ▼
//!                                          hub          owns the room: names, numbers, history; touches no socket,
//!                                           │           never logs
//!                                           │ bounded channels (8 batches each)
//!                                           ▼
//!                                         writer-K      own the write halves of their share of the WebSockets;
//!                                           │           send without waiting; keep the queue of whoever is behind
//!                                           │ hands over one write half and the rest of one block
//!                                           ▼
//!                                        catch-up-N     only for a client whose socket is full: blocks in write(2)
//!                                                       for that block, hands the write half back, ends
//!
//!   main: bind, run, stop · accept: blocked in accept(2), spawns conn-N · ctrl-c: the ctrlc crate's own thread
//! ```
//!
//! Waiting goes down only: a connection may wait for the hub, the hub for a writer, and a writer for nobody. So no circle of threads can wait for each other, and a client that stops reading can
//! stop nobody but itself.
//!
//! # The way of one line, in reading order
//!
//! An hour is enough for it: a test keeps these files at 1,200 lines together, comments included.
//!
//! 1. `src/client/stdin.rs`: somebody types a line, and it becomes a frame.
//! 2. `src/server/accept.rs`: long before that, a thread was started for their socket.
//! 3. `src/server/connection.rs`: what that thread does, from the request to the goodbye.
//! 4. `src/server/websocket.rs`: it reads the frame, and tells the hub.
//! 5. `src/server/hub.rs`: the hub takes all that waits for it,
//! 6. `src/server/room.rs`: has the room give the line its number,
//! 7. `src/server/batch.rs`: and encodes it once for all.
//! 8. `src/server/writer.rs`: a writer goes through its recipients.
//! 9. `src/server/outbox.rs`: what becomes of the line depends on whether the recipient keeps up;
//! 10. `src/server/write_half.rs`: if so, one call sends it;
//! 11. `src/server/catch_up.rs`: if not, a thread of its own waits for them.
//! 12. `src/client/socket.rs`: the other client reads the frame and prints the line.
//!
//! # The side rooms
//!
//! - Values without sockets and threads: [`line`](mod@line), [`name`], [`frame`], [`server::history`], [`server::notices`],
//!   [`server::queue`], [`server::http`], [`server::origin`], [`server::route`], [`server::query`], [`server::answer`],
//!   [`server::refusal`].
//! - Coming, staying and going: [`server::join`] and [`server::membership`] (how somebody gets into the room),
//!   [`server::commands`], [`server::ending`] (every reason to end a connection), [`server::farewell`] (how a writer parts
//!   with a recipient), [`server::stop`] (how all of it ends).
//! - The same room over HTTP: [`server::polling`] (what the connection's thread does), [`server::waiters`] (what the hub
//!   does for it), [`server::fetching`] (what the room does), [`server::page`].
//! - Under the connection: [`server::socket`], [`server::wire`], [`server::request`], [`server::pace`], [`deadline`].
//! - What bounds it all: [`server::config`], [`server::capacity`], [`server::slots`], [`server::desk`], [`server::refused`].
//! - Around it: `server::server` (bind and run), [`server::vital`], [`server::sockets`], [`server::journal`] (the log).
//! - What is counted: [`server::metrics`] (what each number means), [`server::traffic`] (one connection's share),
//!   [`server::exposition`] (the text).
//! - The client's one lock: [`client::write_side`]. Why it loses and doubles nothing when a connection dies:
//!   [`client::memory`]. How lines appear above the one that is being typed: [`client::terminal::screen`].
//! - The laboratory, only with the feature `lab`: `compare` measures polling, long polling and WebSocket on one room.
//! - The five programs in `src/steps` lead to this design, each by what breaks the one before it.
//!

#![doc = include_str!("guide/waits.md")]
#![doc = include_str!("guide/compare.md")]
#![doc = include_str!("guide/compare.svg")]

pub mod client;
#[cfg(feature = "lab")]
pub mod compare;
pub mod deadline;
pub mod frame;
pub mod line;
pub mod name;
pub mod server;
