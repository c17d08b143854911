//! With `--history-file`, the room outlives its server: each line is on the disk before a client sees it.
//!
//! ```text
//! conn-N ──► hub ──► keeper ──► writer-K        keeper: writes lines to the file, waits for the disk, passes batches on
//! ```
//!
//! To the hub, the [`keeper`] looks like a writer. To the writers, the keeper looks like the hub. So their code is
//! nearly the same with and without a keeper. The keeper takes all waiting batches as one [`group`], and appends their
//! lines with one write. Then it waits for one fdatasync(2), and passes the batches on only after that. While it waits,
//! the next group gathers. So the lines of a hundred clients need no more syncs a second than those of one. This is
//! *group commit*.
//!
//! # What a client may conclude
//!
//! No client sees a line that a crash could still destroy. So all output that shows a line, or proves that it exists,
//! passes through the keeper after that line:
//!
//! | output | what it shows or proves |
//! |---|---|
//! | a block of lines | the lines; for the client that sent a line, the block is the receipt |
//! | the first block of a member | the lines after `since`; its 101 proves that the client has joined |
//! | an answer to a command (`/who`, `/nick`) | names, which come from joins and notices |
//! | a Pong, the reply to a Close | that the room has the client's earlier lines |
//! | Close 4001 to a replaced member | that its successor has joined |
//! | Close 1001 at a stop | that all earlier lines were sent, unless the disk failed |
//! | the response to a poll or a long poll, the receipt of a POST, a 409 | lines, or a member's name |
//!
//! Other HTTP responses show no line and bypass the keeper. `/metrics` may count lines that a crash could still
//! destroy.
//!
//! # If the disk fails
//!
//! The keeper holds back the whole group. The [`transcript`] cuts off partial writes, and the keeper tries again until
//! it succeeds or the server stops. Meanwhile the hub waits, and TCP makes the clients wait.
//!
//! # The files
//!
//! [`file`](mod@file) is the file on the disk, and [`locked_file`] holds the lock that keeps other servers out.
//! [`storage`] is the interface between the keeper and the file. [`opening`] opens the file, [`tail`] reads its end,
//! and [`rotation`] replaces it with a new one. `replaceable_file` decides which older files a rotation may replace.
//! [`unstored`] decides what a stopping server may still send while the disk fails.

pub mod file;
pub mod group;
pub mod keeper;
pub mod locked_file;
pub mod open_error;
pub mod opening;
mod replaceable_file;
pub mod room_line;
pub mod rotation;
pub mod storage;
pub mod tail;
pub mod transcript;
pub mod unstored;

#[cfg(test)]
mod tests;
