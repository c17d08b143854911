//! The client: two threads that make blocking calls, and one socket.
//!
//! ```text
//!   input ───►  stdin          reads lines and sends each as a frame; may block until the server reads
//!                 │
//!             write side ───►  server       a lock, held for one whole frame at a time, and a slot beside it
//!                 │
//!   output ◄──  main      ◄──  server       the socket thread: shows lines, answers Pings, never waits for stdin
//! ```
//!
//! The ctrlc crate adds a thread, `ctrl-c`. At the first signal, `ctrl-c` starts the thread `goodbye`, which ends the process
//! within six seconds. While the client connects, the thread `resolve` looks up the host's address. The thread `send` sends
//! Pings, lines that waited for a connection, and lines from a terminal, where `stdin` must keep reading keys. `send` ends when
//! nothing is left to send. In a terminal, the thread `signals` waits for other signals, such as SIGWINCH.
//!
//! # Where to read
//! - [The path of a line](crate::guide::client_path), to the server and back, file by file. Begin here.
//! - The lock around the socket's write side: [`connect::write_side`]. With TLS: [`connect::tls`].
//! - How a connection begins, with the URL and the handshake: [`connect`]. How it ends: [`state::outgoing`],
//!   [`end_reason`]. How the client goes from one connection to the next: [`connected`].
//! - Why no line is lost or repeated when a connection is lost: [`resume`].
//!
//! # Every wait and what ends it
//! | thread | waits for | what ends the wait |
//! |---|---|---|
//! | main | the address, a connection, TLS, the 101 | [`Timeouts::connect`], for all of them together |
//! | main | a frame | the frame; the end of the connection; `Session::shutdown`. If the server answers Pings: [`Timeouts::ping_after`], then a Ping, then [`Timeouts::pong`] |
//! | main | the replay, when a connection begins | the Pong; the end of the connection; [`Timeouts::pong`] without a frame; [`Timeouts::receipt`] in total |
//! | main | its output | the program that reads or closes the output; Ctrl-C, which ends the process (see `goodbye`) |
//! | main, stdin, signals | the lock of the screen, in a terminal | the thread that holds it, which waits only for the terminal |
//! | main | the end of the stream after a Close | [`Timeouts::close`] |
//! | main | the next attempt to connect | the end of the pause: at most [`Timeouts::max_backoff`], or at most an hour if the server asks for more; `ClientState::leave` |
//! | stdin | a line, a key | the line, the key, or the end of the input; otherwise the end of the process |
//! | stdin | receipts, while too many lines are pending | a receipt; [`Timeouts::receipt`] without a receipt; the end of the client. While the connection is lost: a new connection, or the end of the client |
//! | stdin, send | the lock of the write side | the thread that holds it. Only a thread in `WriteSide::send` blocks while it holds the lock, as in the next row |
//! | stdin, send | the server, in `write(2)` | the server, by reading; [`Timeouts::write`]; the end of the connection |
//! | stdin | the last receipt | the Pong, then `--wait`; [`Timeouts::receipt`] without a receipt; [`Timeouts::reconnect`] without a connection; the end of the client |
//! | stdin, goodbye | the end of the last connection | `main`, which ends it; [`Timeouts::close`], after which the socket is shut down |
//! | goodbye | the last output of `main` | the end of the process; 2 s, after which `goodbye` ends it |
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
