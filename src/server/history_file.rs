//! The room outlives its server: with `--history-file`, each line is on the disk before a client sees it.
//!
//! ```text
//! conn-N ──► hub ──► keeper ──► writer-K        keeper: writes lines to the file, waits for the disk, passes batches on
//! ```
//!
//! To the hub the [`keeper`] is the only writer; to the writers it is the hub. So neither knows it, and without the option there
//! is no keeper: no thread, no channel. The keeper takes all batches that wait as one [`group`], appends their lines with one
//! write, waits for one fdatasync(2), and only then passes the batches on. While it waits, the next group gathers. So a hundred
//! talkers need hardly more syncs than one. This is *group commit*.
//!
//! # What a client may conclude
//!
//! No client sees a line that a crash could take back. Therefore everything that shows or proves a line goes through the keeper,
//! behind that line:
//!
//! | it | shows or proves |
//! |---|---|
//! | a block of lines | the lines; to their speaker it is the receipt |
//! | the first block of a member | the lines after `since`, and by its 101 the join |
//! | an answer to a command (`/who`, `/nick`) | names, which joins and notices gave |
//! | a Pong, the reply to a Close, an echo | that what its client said earlier has been said |
//! | Close 4001 to a member that is replaced | that its successor has joined |
//! | Close 1001 at a stop | that all lines before it were sent |
//! | a response to `GET /lines`, a long poll, the receipt of a POST, a 409 | lines, or a member's name |
//!
//! Four things do not pass it, because they show no line: an error response, the page, a long poll without a line, and
//! `/metrics`. The last one counts the lines that the room has numbered, which a crash may take back.
//!
//! # If the disk fails
//!
//! Nothing of the group is passed on. The [`transcript`] cuts off what was half written, and the keeper tries again until the
//! disk takes it, or the server stops. Meanwhile the hub waits, and through TCP so do its clients.
//!
//! # The files
//!
//! [`file`](mod@file) is the file on the disk, which [`locked_file`] keeps from other servers. [`storage`] is what the keeper
//! needs of it. [`opening`] opens it, [`tail`] reads its end, and [`rotation`] begins it anew, if what is in its way is its own
//! (`giving_way`). [`unkept`] decides what a stop sends while the disk is full.

pub mod file;
mod giving_way;
pub mod group;
pub mod keeper;
pub mod locked_file;
pub mod open_error;
pub mod opening;
pub mod room_line;
pub mod rotation;
pub mod storage;
pub mod tail;
pub mod transcript;
pub mod unkept;

#[cfg(test)]
mod tests;
