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
//!   log: writes to stderr what the others say · only with --show-wire tap: writes what goes over the wire
//! ```
//!
//! Waiting goes down only: a connection may wait for the hub, the hub for a writer, and a writer for nobody. So no circle
//! of threads can wait for each other, and a client that stops reading can stop nobody but itself.
//!
//! # The way of one line, in reading order
//!
//! An hour is enough for it: a test keeps these files at 1,300 lines together, comments included.
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
//! - `src/server/http`: a request's head and where it goes, the Host and Origin it may name, its answer, its refusal, the page
//!   ([`server::http`]); all of them values without socket and thread but [`server::http::request`], which reads them.
//! - `src/server/polling`: the same room over HTTP: what the connection's thread does ([`server::polling`]), what the hub does
//!   for it ([`server::polling::waiters`]), and what the room does ([`server::polling::fetching`]).
//! - `src/server/members`: how clients get into the room, what they may ask of it, how they leave ([`server::members`]).
//! - `src/server/limits`: how many connections, how fast, and what becomes of one too many ([`server::limits`]).
//! - `src/server/metrics`: what is counted ([`server::metrics`]), where ([`server::metrics::traffic`]), and as text.
//! - `src/server/tap`: what goes over the wire, shown, with `make wire` ([`server::tap`]).
//! - `src/server/stop`: how the server stops ([`server::stop`]), and whom and what that has to wake.
//! - Beside the way lie the lines that are kept ([`server::history`]), the queue of a client that is behind
//!   ([`server::queue`]), what the recipients of one writer share ([`server::desk`]) and how it parts with them
//!   ([`server::farewell`]), every reason to end a connection ([`server::ending`]), the socket and what is under the
//!   connection ([`server::socket`], [`server::wire`]), what a silent peer has taken ([`server::uptake`]), how an answer over
//!   HTTP is written ([`server::reply`]), the log ([`server::journal`]), the options ([`server::config`]), the addresses that
//!   others can reach ([`server::reachable`]), one of them as a QR code ([`server::qr`]), and `server::server`, which binds,
//!   serves and stops, with [`server::start`], which starts the threads.
//! - Shared by server and client: [`line`](mod@line), [`name`], [`frame`], [`gap`], [`deadline`], [`send`], [`signals`],
//!   [`color`], [`palette`].
//! - `src/client/connect`: how a connection begins, from a URL to the handshake ([`client::connect`]).
//! - `src/client/resume`: why nothing is lost or doubled when a connection dies ([`client::resume`]).
//! - `src/client/terminal`: how lines appear above the one that is being typed ([`client::terminal`]).
//! - Beside the way lies the client's one lock ([`client::connect::write_side`]); the rest is in [`client`], with its waits.
//! - The laboratory, only with the feature `lab`: `compare` measures polling, long polling and WebSocket on one room.
//! - The five programs in `src/steps` lead to this design, each by what breaks the one before it.

pub mod base;
pub mod client;
pub mod guide;
#[cfg(feature = "lab")]
pub mod lab;
pub mod server;
