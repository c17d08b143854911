//! The client: two threads that block, and one socket.
//!
//! ```text
//!   input ───►  stdin          reads lines; sends each as a frame, and may wait for the server meanwhile
//!                 │
//!             write side ───►  server       a lock for one whole frame at a time, and a slot beside it
//!                 │
//!   output ◄──  main      ◄──  server       the socket thread: shows what comes, answers Pings, never waits for stdin
//! ```
//!
//! A third thread, `ctrl-c`, is the ctrlc crate's own. It starts `goodbye`, also after a Ctrl-C in the line editor.
//! `goodbye` ends the whole process within six seconds. While the client connects, `resolve` is in the system's resolver.
//! `send` sends Pings, lines that waited for a connection, and lines from a terminal, where `stdin` must go on reading keys.
//! It ends when nothing more may be sent. In a terminal, `signals` waits for a new size of the window.
//!
//! # Where to read
//! - [The path of a line](crate::guide::client_path), to the server and back, file by file. Begin here.
//! - The lock around the socket's write side, and why no thread waits without end: [`connect::write_side`]. With TLS:
//!   [`connect::tls`].
//! - How a connection begins: [`connect`], with the URL and the handshake. How it ends: [`state::say`], [`end_reason`].
//!   A client from its first connection to its last: [`connected`].
//! - Why nothing is lost or doubled when a connection dies: [`resume`].
//!
//! # Every wait and what ends it
//! | thread | waits for | what ends the wait |
//! |---|---|---|
//! | main | the address, a connection, TLS, the 101 | all together: [`Timeouts::connect`] |
//! | main | a frame | the frame; the end of the connection; `Session::shutdown`; [`Timeouts::ping_after`], then a Ping, and [`Timeouts::pong`] |
//! | main | the replay, when a connection begins | the Pong; [`Timeouts::pong`] without a frame, [`Timeouts::overdue`] in all |
//! | main | its output | the reader, by reading or closing; Ctrl-C, which then ends the process (see the binary) |
//! | main, stdin, signals | the lock of the screen, in a terminal | its holder, which waits for the terminal only |
//! | main | the end of the stream after a Close | [`Timeouts::goodbye`] |
//! | main | the next attempt to connect | the end of the pause: at most [`Timeouts::retry_most`], or an hour if the server asks for it; a thread that leaves |
//! | stdin | a line, a key | the line, the key, or the end of the input; otherwise it is left behind when the process ends |
//! | stdin | room for one more line in flight | a receipt; [`Timeouts::overdue`] without one; the end of the client. Without a connection: a new one, or a thread that leaves |
//! | stdin, send | the lock of the write side | its holder: the others never wait while they have it |
//! | stdin, send | the server, in `write(2)` | the server, by reading; [`Timeouts::write`]; the end of the connection |
//! | stdin | the last receipt | the Pong; [`Timeouts::overdue`]; [`Timeouts::away`] without a connection; then `--wait` |
//! | stdin, goodbye | the socket thread's end | [`Timeouts::goodbye`], then they shut the socket down |
//! | goodbye | main's last output | 2 s, then it ends the process |
//! | any | the terminal, when it gets its settings back | 1 s |

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
