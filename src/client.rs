//! The client: two threads that block, and one socket.
//!
//! ```text
//!   input ───►  stdin          reads lines and sends each as a frame; may block until the server reads
//!                 │
//!             write side ───►  server       a lock, held for one whole frame at a time, and a slot beside it
//!                 │
//!   output ◄──  main      ◄──  server       the socket thread: shows lines, answers Pings, never waits for stdin
//! ```
//!
//! The ctrlc crate adds a thread, `ctrl-c`. It starts `goodbye`, which ends the whole process within six seconds. A Ctrl-C
//! in the line editor does the same. While the client connects, the thread `resolve` looks up the host's address. The thread
//! `send` sends Pings, lines that waited for a connection, and lines from a terminal, where `stdin` must keep reading keys.
//! It ends when nothing is left to send. In a terminal, the thread `signals` waits for signals, such as a new window size.
//!
//! # Where to read
//! - [The path of a line](crate::guide::client_path), to the server and back, file by file. Begin here.
//! - The lock around the socket's write side: [`connect::write_side`]. With TLS: [`connect::tls`].
//! - How a connection begins: [`connect`], with the URL and the handshake. How it ends: [`state::say`], [`end_reason`].
//!   A client from its first connection to its last: [`connected`].
//! - Why no line is lost or sent twice when a connection is lost: [`resume`].
//!
//! # Every wait and what ends it
//! | thread | waits for | what ends the wait |
//! |---|---|---|
//! | main | the address, a connection, TLS, the 101 | [`Timeouts::connect`], for all of them together |
//! | main | a frame | the frame; the end of the connection; `Session::shutdown`; [`Timeouts::ping_after`], then a Ping, and [`Timeouts::pong`] |
//! | main | the replay, when a connection begins | the Pong; [`Timeouts::pong`] without a frame, [`Timeouts::overdue`] in all |
//! | main | its output | the reader, by reading or closing; Ctrl-C, which then ends the process (see the binary) |
//! | main, stdin, signals | the lock of the screen, in a terminal | its holder, which waits only for the terminal |
//! | main | the end of the stream after a Close | [`Timeouts::goodbye`] |
//! | main | the next attempt to connect | the end of the pause: at most [`Timeouts::retry_most`], or an hour if the server asks for it; `ClientState::leave` |
//! | stdin | a line, a key | the line, the key, or the end of the input; otherwise the end of the process |
//! | stdin | room for one more line in flight | a receipt; [`Timeouts::overdue`] without one; the end of the client. While the connection is lost: a new connection, or the end of the client |
//! | stdin, send | the lock of the write side | the thread that holds it. Only a thread in `WriteSide::send` blocks while it holds the lock, as in the next row |
//! | stdin, send | the server, in `write(2)` | the server, by reading; [`Timeouts::write`]; the end of the connection |
//! | stdin | the last receipt | the Pong; [`Timeouts::overdue`]; [`Timeouts::away`] without a connection; then `--wait` |
//! | stdin, goodbye | the end of the socket thread | [`Timeouts::goodbye`], after which the waiting thread shuts the socket down |
//! | goodbye | main's last output | 2 s, after which it ends the process |
//! | any | the terminal, to restore its settings | 1 s |

pub mod connect;
pub mod connected;
pub mod end_reason;
pub mod output;
pub mod resume;
pub mod socket;
pub mod state;
pub mod stdin;
pub mod terminal;
pub mod timeouts;

pub use crate::client::connected::Client;
pub use crate::client::timeouts::Timeouts;
