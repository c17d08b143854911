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
//! - The one lock around I/O in this project, and why nobody waits for ever: [`write_side`].
//! - One line's way out: [`stdin`], [`saying`], [`talk`], [`session`], [`masked`], [`write_side`]. And back: [`wire`],
//!   [`socket`], [`listening`], [`show`], [`paint`].
//! - How a connection begins: [`opening`], with the URL and the handshake in it. How it ends: [`leaving`], [`end`],
//!   [`lost`]. A client from its first connection to its last: [`connected`].
//! - Why nothing is lost or doubled when a connection dies: [`memory`]; then [`reconnect`], [`pause`].
//! - In a terminal, where `stdin` is a line editor: [`terminal`].
//!
//! # Every wait and what ends it
//! | thread | waits for | what ends the wait |
//! |---|---|---|
//! | main | the address, a connection, the 101 | all together: [`Limits::connect`] |
//! | main | a frame | the frame; the end of the connection; [`session::Session::shutdown`]; a machine that is gone: TCP's own limits, 2 minutes |
//! | main | the past, when a connection begins | the Pong; [`Limits::receipts`] without a word, [`Limits::overdue`] in all |
//! | main | its output | the reader, by reading or closing; Ctrl-C, which then ends the process (see the binary) |
//! | main | the line editor, in a terminal | it draws: it waits for nobody but keys and the terminal. At the end, 1 s |
//! | stdin | main, which is waking the line editor | it has; 1 s, if it waits for the editor |
//! | main | the end of the stream after a Close | [`Limits::goodbye`] |
//! | main | the next attempt to connect | the pause is over, at most [`Limits::retry_most`]; whoever leaves |
//! | stdin | a line | the line, or the end of the input; else it is left behind when the process ends |
//! | stdin | room in the ledger | a receipt; [`Limits::receipts`] without a word from the server, [`Limits::overdue`] without a receipt; the end of the client. Without a connection, it is there again, or whoever leaves |
//! | stdin, send | the lock of the write side | its holder: the others never wait while they have it |
//! | stdin, send | the server, in `write(2)` | the server, by reading; [`Limits::write`]; the end of the connection |
//! | stdin | the last receipt | the Pong; the same limits; [`Limits::away`] without a connection |
//! | stdin, goodbye | the socket thread's end | [`Limits::goodbye`], then they shut the socket down |
//! | goodbye | main's last words | 2 s, then it ends the process |
//! | any | the terminal, when it gets its settings back | 1 s |

pub mod complain;
pub mod connected;
pub mod end;
pub mod leaving;
pub mod limits;
pub mod listening;
pub mod lost;
pub mod masked;
pub mod memory;
pub mod opening;
pub mod paint;
pub mod pause;
pub mod reconnect;
pub mod saying;
pub mod session;
pub mod show;
pub mod socket;
pub mod stdin;
pub mod talk;
pub mod terminal;
pub mod wire;
pub mod write_side;

pub use crate::client::connected::Client;
pub use crate::client::leaving::Handle;
pub use crate::client::limits::Limits;
