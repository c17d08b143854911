//! The client: two threads that block, and one socket.
//!
//! ```text
//!   input ───►  stdin          reads lines; sends each as a frame and may wait for the server with that
//!                 │
//!             write side ───►  server       a lock for one whole frame at a time, and a slot beside it
//!                 │
//!   output ◄──  main      ◄──  server       the socket thread: prints what comes, answers Pings, never waits for stdin
//! ```
//!
//! The third thread that one sees, `ctrl-c`, is the ctrlc crate's own. It starts `goodbye`, as the line editor does when
//! Ctrl-C is pressed, which is gone in six seconds, with the whole process. In a terminal `wake` wakes the line editor for
//! the last time. While connecting, `resolve` is in the system's resolver. `send` sends what has waited when a connection
//! was made anew, and what is typed in a terminal, whose thread must go on drawing; it ends when nothing waits.
//!
//! # Where to read
//! - The lock around the socket's write side, and why no thread waits without end: [`connect::write_side`].
//! - The path of a line to the server: [`stdin`], [`state`], [`connect::session`], [`connect::masked`],
//!   [`connect::write_side`]. And back: [`connect::client_stream`], [`socket`], [`state`], [`output`].
//! - How a connection begins: [`connect`], with the URL and the handshake. How it ends: [`state::leave`], [`read_end`],
//!   [`loss_cause`]. A client from its first connection to its last: [`connected`].
//! - Why nothing is lost or doubled when a connection dies: [`resume`]; then [`reconnect`], [`connect::backoff`].
//! - In a terminal, where `stdin` is a line editor: [`terminal`].
//!
//! # Every wait and what ends it
//! | thread | waits for | what ends the wait |
//! |---|---|---|
//! | main | the address, a connection, the 101 | all together: [`Timeouts::connect`] |
//! | main | a frame | the frame; the end of the connection; [`connect::session::Session::shutdown`]; a machine that is gone: TCP's own limits, 2 minutes |
//! | main | the past, when a connection begins | the Pong; [`Timeouts::receipts`] without a word, [`Timeouts::overdue`] in all |
//! | main | its output | the reader, by reading or closing; Ctrl-C, which then ends the process (see the binary) |
//! | main | the line editor, in a terminal | it draws: it waits for nobody but keys and the terminal. At the end, 1 s |
//! | stdin | main, which is waking the line editor | it has; 1 s, if it waits for the editor |
//! | main | the end of the stream after a Close | [`Timeouts::goodbye`] |
//! | main | the next attempt to connect | the pause is over, at most [`Timeouts::retry_most`]; whoever leaves |
//! | stdin | a line | the line, or the end of the input; else it is left behind when the process ends |
//! | stdin | room among the pending lines | a receipt; [`Timeouts::receipts`] without a word from the server, [`Timeouts::overdue`] without a receipt; the end of the client. Without a connection, it is there again, or whoever leaves |
//! | stdin, send | the lock of the write side | its holder: the others never wait while they have it |
//! | stdin, send | the server, in `write(2)` | the server, by reading; [`Timeouts::write`]; the end of the connection |
//! | stdin | the last receipt | the Pong; the same timeouts; [`Timeouts::away`] without a connection |
//! | stdin, goodbye | the socket thread's end | [`Timeouts::goodbye`], then they shut the socket down |
//! | goodbye | main's last words | 2 s, then it ends the process |
//! | any | the terminal, when it gets its settings back | 1 s |

pub mod connect;
pub mod connected;
pub mod loss_cause;
pub mod lost_connection;
pub mod outcome;
pub mod output;
pub mod read_end;
pub mod reconnect;
pub mod resume;
pub mod socket;
pub mod state;
pub mod stdin;
pub mod terminal;
pub mod timeouts;

pub use connected::Client;
pub use state::leave::Handle;
pub use timeouts::Timeouts;
