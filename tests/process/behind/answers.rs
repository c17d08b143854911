//! HTTP clients that read their responses slowly count toward the bound on clients that are behind.

use std::io::ErrorKind;

use blocking_chat::base::line;

use super::stalled_clients::{chat, long_line, read_up_to, stalled};
use crate::support::chat::{Chat, ChatClient, LIMIT};
use crate::support::http_client::{HttpClient, get};
use crate::support::metrics::until_counted;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::resources::{resident, threads};
use crate::support::watchdog::within;

const MIB: usize = 1024 * 1024;

/// The maximum number of clients that may be behind.
const BOUND: u64 = 64;
/// The number of clients that a test adds beyond [`BOUND`].
const BEYOND: u64 = 6;

const BEHIND: &str = "chat_clients_behind";
const TOO_MANY: &str = "chat_endings_total{reason=\"overloaded\"}";

/// Starts a server whose room keeps a megabyte of lines. Returns the server, and the member that sent the lines.
fn room() -> (Chat, ChatClient) {
    let options = ["--max-connections", "200", "--write-timeout", "1000"];
    let chat = chat(&[&options, &["--history", "100000"][..]].concat());
    let mut anna = chat.member("anna");
    let lines = vec!["x".repeat(1000); 40].join("\n");
    let mut newest = line::number(&anna.say_and_receive("begin")).unwrap();
    for _ in 0..30 {
        anna.say(&lines);
        newest += 40;
        anna.receive_until_number(newest);
    }
    (chat, anna)
}

/// Connects a client that requests all lines and reads nothing.
fn connect_and_send(chat: &Chat) -> HttpClient {
    let mut client = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
    client.send_bytes(get("/lines").as_bytes()).unwrap();
    HttpClient(client)
}

#[test]
fn slow_responses_and_slow_members_share_one_bound() {
    within(LIMIT, || {
        let (chat, mut anna) = room();
        let mut clients: Vec<_> = (0..BOUND + BEYOND)
            .map(|_| connect_and_send(&chat))
            .collect();
        until_counted(&chat, &[(BEHIND, BOUND), (TOO_MANY, BEYOND)]);
        until_counted(&chat, &[("chat_threads{kind=\"catch_up\"}", 0)]);
        let cut = "ended: too many clients were behind";
        // The log also has lines about the connections that fetched the metrics.
        while !chat.program.stderr_line(TIMEOUT).unwrap().ends_with(cut) {}
        // A member beyond the bound is disconnected too, and no other client notices.
        let mut slow = stalled(&chat, "slow");
        (0..10).for_each(|_| _ = anna.say_and_receive(&long_line()));
        let received = read_up_to(&mut slow, u64::MAX);
        assert_eq!(received.close.unwrap().0, 1013);
        until_counted(&chat, &[(BEHIND, BOUND), (TOO_MANY, BEYOND + 1)]);
        assert_eq!(threads(chat.program.id(), "catch-up-"), 0);
        // A client within the bound gets its complete response. The clients beyond the bound get a truncated response.
        let mut complete = 0;
        for client in &mut clients {
            let head = client.read_response_head(TIMEOUT);
            let length: usize = head.field("Content-Length").unwrap().parse().unwrap();
            match client.0.read_bytes(length) {
                Ok(_) => complete += 1,
                Err(error) => assert_eq!(error.kind(), ErrorKind::UnexpectedEof),
            }
        }
        assert_eq!(complete, BOUND);
        until_counted(&chat, &[(BEHIND, 0)]);
        // The connections of the clients within the bound stay open and accept requests again.
        let is_answered = |client: &mut HttpClient| {
            let sent = client.0.send_bytes(get("/lines?since=1000000").as_bytes());
            sent.is_ok() && client.0.read_head(TIMEOUT).is_ok()
        };
        let answered = clients.iter_mut().map(is_answered);
        let answered = answered.filter(|is_answered| *is_answered).count();
        assert_eq!(answered as u64, BOUND);
    });
}

#[test]
fn unread_response_is_not_copied() {
    within(LIMIT, || {
        let (chat, _anna) = room();
        let pid = chat.program.id();
        HttpClient::connect(&chat).get("/lines");
        let before = resident(pid);
        let clients: Vec<_> = (0..BOUND).map(|_| connect_and_send(&chat)).collect();
        until_counted(&chat, &[(BEHIND, BOUND)]);
        let more = resident(pid).saturating_sub(before);
        println!("{} KiB more for {BOUND} unread responses", more / 1024);
        assert!(more < 16 * MIB, "{more}");
        drop(clients);
        until_counted(&chat, &[(BEHIND, 0)]);
    });
}
