//! A disk that is full and later has free space again. A limit on the server's process (RLIMIT_FSIZE) simulates this:
//! the history file cannot grow.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::Resource;

use super::folder::{Folder, content};
use super::opening::{server, stop};
use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::http_client::{HttpClient, get, post};
use crate::support::limits::limit;
use crate::support::metrics::until_counted;
use crate::support::ports::free_port;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::{RawClient, assert_nothing};
use crate::support::raw_frame::TEXT;
use crate::support::resources::threads;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// How long to wait for something that must not arrive.
const QUIET_TIME: Duration = Duration::from_millis(100);

/// Lets the history file of a server grow by at most this many bytes.
fn fill_disk(chat: &Chat, file: &Path, room_for: u64) {
    let length = file.metadata().unwrap().len();
    limit(chat.program.id(), Resource::Fsize, length + room_for);
}

fn free_disk(chat: &Chat) {
    limit(chat.program.id(), Resource::Fsize, i64::MAX as u64);
}

pub fn until_stalled(chat: &Chat) {
    until_counted(chat, &[("chat_history_file_stalled", 1)]);
}

/// Returns the lines of the server's log up to and including the first line with this text.
pub fn log_until(chat: &Chat, text: &str) -> Vec<String> {
    let mut lines = vec![chat.program.stderr_line(TIMEOUT).unwrap()];
    while !lines.last().unwrap().contains(text) {
        lines.push(chat.program.stderr_line(TIMEOUT).unwrap());
    }
    lines
}

/// The clients whose requests the room cannot answer until the disk has space.
struct PendingRequests {
    polling: HttpClient,
    fetching: HttpClient,
    posting: HttpClient,
    refused: HttpClient,
    joining: RawClient,
}

impl PendingRequests {
    /// Sends all requests except the long poll `polling`, which the caller sent before the disk was full.
    fn new(polling: HttpClient, chat: &Chat) -> PendingRequests {
        let send = |request: String| {
            let mut client = HttpClient::connect(chat);
            client.send(request);
            client
        };
        let mut joining = RawClient::connect(chat.address).unwrap();
        joining.request_upgrade("/?name=fritz&since=4").unwrap();
        PendingRequests {
            polling,
            fetching: send(get("/lines?since=4")),
            posting: send(post("/lines?name=emil", "posted")),
            refused: send(post("/lines?name=anna", "not posted")),
            joining,
        }
    }

    fn expect_nothing(&mut self) {
        for client in [
            &mut self.polling.0,
            &mut self.fetching.0,
            &mut self.posting.0,
            &mut self.refused.0,
            &mut self.joining,
        ] {
            assert_nothing(client.read_head(QUIET_TIME));
        }
    }

    fn expect_responses(&mut self, line: &str) {
        assert_eq!(self.polling.read_response().lines(), [line]);
        assert_eq!(self.fetching.read_response().lines()[0], line);
        assert!(
            self.posting
                .read_response()
                .body
                .ends_with(" emil: posted\n")
        );
        assert_eq!(self.refused.read_response().status, 409);
        self.joining.read_upgrade(TIMEOUT).unwrap();
    }
}

#[test]
fn nothing_reveals_a_line_before_the_disk_has_space() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let chat = server(&file);
        let mut members = ["anna", "ben", "carl", "dora"].map(|name| chat.member(name).0);
        let mut polling = HttpClient::connect(&chat);
        polling.send(get("/lines?since=4&wait=30"));
        fill_disk(&chat, &file, 5);
        members[0].send_text("hello").unwrap();
        until_stalled(&chat);
        members[1].send_ping(b"?").unwrap();
        members[2].send_text("/who").unwrap();
        let mut pending = PendingRequests::new(polling, &chat);
        pending.expect_nothing();
        // The server cuts off a partially written line.
        until(
            || fs::read_to_string(&file).unwrap(),
            |text| text.ends_with(" dora joined\n"),
        );
        free_disk(&chat);
        for member in &mut members {
            // Only joins arrive before the line: no Pong and no reply.
            let mut received = member.receive_text().unwrap();
            while received != "5 anna: hello" {
                assert!(received.ends_with(" joined"), "{received}");
                received = member.receive_text().unwrap();
            }
        }
        pending.expect_responses("5 anna: hello");
        let log = log_until(&chat, "stores lines again");
        let said: Vec<_> = log
            .iter()
            .filter(|line| line.contains("the history file"))
            .collect();
        assert_eq!(said.len(), 2, "{log:?}");
        assert!(
            said[0].contains("the room waits until this succeeds"),
            "{log:?}"
        );
        assert!(said[0].contains(file.to_str().unwrap()), "{log:?}");
        drop((members, pending));
        stop(chat);
        assert_eq!(content(&file).1[4], "5 anna: hello");
    });
}

/// The idle timeout is 4 s. Apart from the intended wait, no step of the test takes nearly as long.
#[test]
fn silent_member_stays_during_a_long_wait_for_the_disk() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let path = file.to_str().unwrap();
        let chat = Chat::ours(&["--history-file", path, "--idle-timeout", "4"]);
        let mut anna = chat.raw_client("/?name=anna");
        let mut ben = chat.member("ben");
        fill_disk(&chat, &file, 0);
        ben.say("hello");
        until_counted(&chat, &[("chat_history_file_stalled", 1)]);
        anna.send_ping(b"").unwrap();
        // The wait must be longer than the idle timeout, so the test has to sleep. The server's Pings to Anna's client
        // are queued behind Ben's line, which waits for the disk. So the client cannot answer them.
        thread::sleep(Duration::from_millis(5500));
        anna.send_text("still here").unwrap();
        free_disk(&chat);
        for said in [" ben: hello", " anna: still here"] {
            loop {
                let frame = anna.read_frame(TIMEOUT).unwrap();
                if frame.opcode == TEXT && frame.text().ends_with(said) {
                    break;
                }
            }
        }
    });
}

#[test]
fn closed_http_connection_does_not_wait_for_the_disk() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let chat = server(&file);
        let mut anna = chat.member("anna");
        fill_disk(&chat, &file, 0);
        anna.say("hello");
        until_stalled(&chat);
        let count = || threads(chat.program.id(), "conn-");
        // Wait until the connection that fetched the metrics has ended.
        let before = until(count, |&count| count == 1);
        let requests = [get("/lines?since=1"), post("/lines?name=ben", "posted")];
        let clients = requests.map(|request| {
            let mut client = HttpClient::connect(&chat);
            client.send(request);
            client
        });
        until(count, |&count| count == before + 2);
        drop(clients);
        until(count, |&count| count == before);
        free_disk(&chat);
        assert!(anna.receive_line().ends_with(" anna: hello"));
    });
}

#[test]
fn shutdown_with_a_full_disk_reports_the_lost_lines() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let mut chat = server(&file);
        let mut anna = chat.member("anna");
        fill_disk(&chat, &file, 3);
        for number in 1..=5 {
            anna.say(&format!("unstored {number}"));
        }
        until_stalled(&chat);
        let mut posting = HttpClient::connect(&chat);
        posting.send(post("/lines?name=ben", "posted"));
        chat.program.signal(Signal::TERM).unwrap();
        // Anna's client gets a Close but no receipt.
        assert_eq!(anna.receive_close(), (vec![], 1001));
        assert_eq!(posting.read_response().status, 503);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(1));
        let log = chat.program.rest_of_stderr(TIMEOUT).unwrap();
        let said = log.iter().find(|line| line.contains("are lost"));
        let said = said.unwrap_or_else(|| panic!("{log:?}"));
        assert!(said.contains(" lines without a receipt"), "{said}");
        assert_eq!(content(&file).1, ["1 * anna joined"]);
        let chat = server(&file);
        let posted = HttpClient::connect(&chat).post("/lines?name=anna", "again");
        assert_eq!(posted.lines(), ["2 anna: again"]);
    });
}

#[test]
fn client_resends_lines_after_a_shutdown_with_a_full_disk() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let address = format!("127.0.0.1:{}", free_port());
        let options = ["--history-file", file.to_str().unwrap()];
        let (program, its_address) = super::killed::start_at(&address, &options);
        let mut chat = Chat {
            program,
            endpoint: Endpoint {
                address: its_address,
            },
        };
        let url = format!("ws://{address}/");
        let mut client = super::killed::client(&url, "anna");
        let mut stdin = client.take_stdin().unwrap();
        fill_disk(&chat, &file, 0);
        std::io::Write::write_all(&mut stdin, b"kept in the end\n").unwrap();
        until_stalled(&chat);
        chat.program.signal(Signal::TERM).unwrap();
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(1));
        drop(chat);
        let _chat = super::killed::start_at(&address, &options);
        drop(stdin);
        assert!(client.wait(TIMEOUT).unwrap().success());
        let kept = content(&file).1;
        let said = kept.iter().filter(|line| line.ends_with("kept in the end"));
        assert_eq!(said.count(), 1, "{kept:?}");
    });
}
