//! The log: one line for each ended connection, with its peer and the reason.

use std::io::{BufRead, BufReader};

use blocking_chat::server::observe::lossy_queue::MAX_WAITING;

use crate::support::chat::{Chat, LIMIT};
use crate::support::limits::blocked_stderr;
use crate::support::metrics::until_counted;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, encode};
use crate::support::resources;
use crate::support::watchdog::within;

/// Reads the next line of the log, which must be about this connection. Returns the text after the peer's address.
#[track_caller]
fn logged(chat: &Chat, client: &RawClient) -> String {
    let line = chat.program.stderr_line(TIMEOUT).unwrap();
    let peer = client.stream().local_addr().unwrap().to_string();
    let (_, ending) = line
        .split_once(&format!("{peer} "))
        .unwrap_or_else(|| panic!("{line}"));
    ending.to_owned()
}

#[test]
fn ended_connection_is_logged_once_with_its_reason() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
        let mut left = chat.raw_client("/");
        left.send_close(1000, "").unwrap();
        left.read_to_end(TIMEOUT).unwrap();
        left.end_sending().unwrap();
        assert_eq!(logged(&chat, &left), "left with Close 1000");

        let gone = chat.raw_client("/");
        gone.end_sending().unwrap();
        assert!(logged(&chat, &gone).contains("gone"));

        let mut violating = chat.raw_client("/");
        violating.send_bytes(&encode(BINARY, b"x")).unwrap();
        violating.read_to_end(TIMEOUT).unwrap();
        violating.end_sending().unwrap();
        assert!(logged(&chat, &violating).contains("1003"));

        let mut refused = RawClient::connect(chat.address).unwrap();
        refused
            .send_bytes(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        refused.end_sending().unwrap();
        assert!(logged(&chat, &refused).contains("404"));

        let mut replaced = chat.raw_client("/?name=anna&key=k");
        let replacement = chat.raw_client("/?name=anna&key=k");
        replaced.read_to_end(TIMEOUT).unwrap();
        replaced.end_sending().unwrap();
        assert!(logged(&chat, &replaced).contains("replaced"));

        let echo = chat.raw_client("/echo");
        chat.program.signal(Signal::TERM).unwrap();
        drop((echo, replacement));
        assert!(chat.program.wait(TIMEOUT).unwrap().success());
        let rest = chat.program.rest_of_stderr(TIMEOUT).unwrap();
        assert_eq!(rest.len(), 2, "{rest:?}");
    });
}

#[test]
fn thousand_endings_are_logged_in_a_thousand_lines() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
        for _ in 0..1000 {
            RawClient::connect(chat.address).unwrap();
        }
        for _ in 0..1000 {
            chat.program.stderr_line(TIMEOUT).unwrap();
        }
        chat.program.signal(Signal::TERM).unwrap();
        assert!(chat.program.wait(TIMEOUT).unwrap().success());
        assert_eq!(chat.program.rest_of_stderr(TIMEOUT).unwrap(), [""; 0]);
    });
}

#[test]
fn unread_stderr_loses_log_lines_but_blocks_no_connection() {
    within(LIMIT, || {
        let (stderr, unread) = blocked_stderr();
        let chat = Chat::prepared(&[], |command| _ = command.stderr(stderr));
        // One line blocks the log's thread, `MAX_WAITING` lines wait, and 100 lines are lost.
        let all = 1 + MAX_WAITING + 100;
        for _ in 0..all {
            RawClient::connect(chat.address).unwrap();
        }
        let waiting = ("chat_log_lines_waiting", MAX_WAITING as u64);
        let lost = ("chat_log_lines_lost_total", 100);
        let threads = ("chat_threads{kind=\"conn\"}", 1);
        until_counted(&chat, &[waiting, lost, threads]);
        assert_eq!(resources::threads(chat.program.id(), "log"), 1);

        // When the test reads stderr, the kept lines arrive, and then the number of lost lines.
        unread.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut lines = BufReader::new(unread).lines();
        let last = all - 100;
        for number in 1..=last {
            let line = lines.next().unwrap().unwrap();
            assert!(line.contains("127.0.0.1:"), "{number}: {line}");
        }
        // The line about the connection that fetched the metrics may be lost too, so 100 or 101 lines are lost.
        let missing = lines
            .map(Result::unwrap)
            .find(|line| !line.contains("127.0.0.1:"));
        let missing = missing.unwrap();
        let is_reported = ["100", "101"].iter().any(|count| {
            missing.ends_with(&format!(" {count} log lines were lost: stderr is too slow"))
        });
        assert!(is_reported, "{missing}");
    });
}

/// Sends a request with these header fields. Returns the log line about the connection, and the line that the log would
/// have for a client without a proxy.
fn log_line_and_direct(chat: &Chat, fields: &str) -> (String, String) {
    let mut client = RawClient::connect(chat.address).unwrap();
    let request = format!("GET /nothing HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    client.send_bytes(request.as_bytes()).unwrap();
    client.read_to_end(TIMEOUT).unwrap();
    client.end_sending().unwrap();
    let line = chat.program.stderr_line(TIMEOUT).unwrap();
    let (_, text) = line.split_once("] ").unwrap_or_else(|| panic!("{line}"));
    let peer = client.stream().local_addr().unwrap();
    (text.to_owned(), format!("{peer} answered with 404"))
}

#[test]
fn log_names_the_client_behind_a_trusted_proxy() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--trust-proxy"]);
        let field = "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n";
        let (line, direct) = log_line_and_direct(&chat, field);
        assert_eq!(line, format!("203.0.113.7 through {direct}"));
        for field in [
            "",
            "X-Forwarded-For: 203.0.113.7, x\r\n",
            "X-Forwarded-For: 203.0.113.7 left with Close 1000\u{2028}\r\n",
        ] {
            let (line, direct) = log_line_and_direct(&chat, field);
            assert_eq!(line, direct, "{field:?}");
        }
    });
}

#[test]
fn forwarded_for_is_not_trusted_by_default() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let (line, direct) = log_line_and_direct(&chat, "X-Forwarded-For: 203.0.113.7\r\n");
        assert_eq!(line, direct);
    });
}
