//! The waits of the keeper, the thread that writes the history file.

use std::fs;
use std::path::PathBuf;
use std::process;

use rustix::process::Resource;

use crate::support::chat::{Chat, LIMIT};
use crate::support::limits::limit;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::threads::{self, Call};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The rows of the table in `src/guide/waits.md` that this file tests. Each string is a row's first two cells.
pub const ROWS: [&str; 2] = [
    "keeper | `receive`",
    "keeper | `recv_timeout`, after the disk failed",
];

/// The path of a history file. Dropping this value removes the file.
struct HistoryFile(PathBuf);

impl HistoryFile {
    fn new(name: &str) -> HistoryFile {
        let name = format!("waits-{}-{name}", process::id());
        HistoryFile(std::env::temp_dir().join(name))
    }

    /// Starts a server with this file and a very long close timeout.
    fn server(&self) -> Chat {
        let file = self.0.to_str().unwrap();
        Chat::ours(&["--history-file", file, "--close-timeout", "1000"])
    }
}

impl Drop for HistoryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Sends SIGTERM to the server as soon as its keeper waits on a channel.
fn begin_to_stop(chat: &Chat) {
    let pid = chat.program.id();
    let is_waiting = || threads::is_in(pid, "keeper", Call::Channel);
    until(is_waiting, |&is_waiting| is_waiting);
    chat.program.signal(Signal::TERM).unwrap();
}

fn expect_end(mut chat: Chat, code: i32) {
    assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(code));
}

#[test]
fn idle_keeper_ends_at_a_stop() {
    within(LIMIT, || {
        let file = HistoryFile::new("idle");
        let chat = file.server();
        begin_to_stop(&chat);
        expect_end(chat, 0);
    });
}

#[test]
fn keeper_that_waits_after_a_disk_error_ends_at_a_stop() {
    within(LIMIT, || {
        let file = HistoryFile::new("full");
        let chat = file.server();
        let length = file.0.metadata().unwrap().len();
        limit(chat.program.id(), Resource::Fsize, length);
        // The 101 is sent only when the notice of Anna's join is on the disk.
        let mut anna = RawClient::connect(chat.address).unwrap();
        anna.request_upgrade("/?name=anna").unwrap();
        let log = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(log.contains(" begins in "), "{log}");
        let log = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(log.contains("the room waits"), "{log}");
        begin_to_stop(&chat);
        // The notice of Anna's join was not stored, so the client gets a 503 instead of a 101.
        let head = anna.read_head(TIMEOUT).unwrap();
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        drop(anna);
        // The server ends with an error, because that notice was not stored.
        expect_end(chat, 1);
    });
}
