//! The client: two threads that block, and one socket.
//!
//! ```text
//!   input ───►  stdin          reads lines; sends each as a frame and may wait for the server with that
//!                 │
//!             write side ───►  server       a lock for one whole frame at a time, and a slot beside it
//!                 │
//!   output ◄──  main      ◄──  server       the socket thread: shows what comes, answers Pings, never waits for stdin
//! ```
//!
//! A third thread, `ctrl-c`, is the ctrlc crate's own. It starts `goodbye`, as the line editor does when Ctrl-C is pressed.
//! That thread is gone in six seconds, with the whole process. While connecting, `resolve` is in the system's resolver.
//! `send` sends Pings, what has waited when a connection was made anew, and what is typed in a terminal, where `stdin` must
//! go on reading keys; it ends when nothing more may be sent. In a terminal, `signals` waits for another size of the window.
//!
//! # Where to read
//! - [The path of a line](crate::guide::client_path), to the server and back: the files that it enters. Begin here.
//! - The lock around the socket's write side, and why no thread waits without end: [`connect::write_side`]. With TLS:
//!   [`connect::tls`].
//! - How a connection begins: [`connect`], with the URL and the handshake. How it ends: [`state::leave`], [`end_reason`].
//!   A client from its first connection to its last: [`connected`], [`reconnect`].
//! - Why nothing is lost or doubled when a connection dies: [`resume`].
//!
//! # Every wait and what ends it
//! | thread | waits for | what ends the wait |
//! |---|---|---|
//! | main | the address, a connection, TLS, the 101 | all together: [`Timeouts::connect`] |
//! | main | a frame | the frame; the end of the connection; `Session::shutdown`; [`Timeouts::ping_after`], then a Ping, and [`Timeouts::pong`] |
//! | main | the past, when a connection begins | the Pong; [`Timeouts::pong`] without a frame, [`Timeouts::overdue`] in all |
//! | main | its output | the reader, by reading or closing; Ctrl-C, which then ends the process (see the binary) |
//! | main, stdin, signals | the lock of the screen, in a terminal | its holder, which waits for the terminal only |
//! | main | the end of the stream after a Close | [`Timeouts::goodbye`] |
//! | main | the next attempt to connect | the pause is over, at most [`Timeouts::retry_most`] or what the server asks for, at most an hour; a thread that leaves |
//! | stdin | a line, a key | the line, the key, or the end of the input; otherwise it is left behind when the process ends |
//! | stdin | room for one more line in flight | a receipt; [`Timeouts::overdue`] without one; the end of the client. Without a connection, that it is there again, or a thread that leaves |
//! | stdin, send | the lock of the write side | its holder: the others never wait while they have it |
//! | stdin, send | the server, in `write(2)` | the server, by reading; [`Timeouts::write`]; the end of the connection |
//! | stdin | the last receipt | the Pong; [`Timeouts::overdue`]; [`Timeouts::away`] without a connection; then `--wait` |
//! | stdin, goodbye | the socket thread's end | [`Timeouts::goodbye`], then they shut the socket down |
//! | goodbye | main's last words | 2 s, then it ends the process |
//! | any | the terminal, when it gets its settings back | 1 s |

pub mod connect;
pub mod connected;
pub mod end_reason;
pub mod output;
pub mod reconnect;
pub mod resume;
pub mod socket;
pub mod state;
pub mod stdin;
pub mod terminal;
pub mod timeouts;

pub use crate::client::connected::Client;
pub use crate::client::state::leave::Handle;
pub use crate::client::timeouts::Timeouts;
