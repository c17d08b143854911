//! Obstacles that must not keep the server from stopping.

use std::process;
use std::time::{Duration, Instant};

use blocking_chat::server::{Config, Seconds};

use super::{read_to_close_1001, stalled_member};
use crate::support::breakpoint::Breakpoint;
use crate::support::chat::{Chat, LIMIT};
use crate::support::library::{EmbeddedServer, MAX_STOP_DELAY, config};
use crate::support::limits::{blocked_stderr, limit_descriptors};
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{TEXT, encode};
use crate::support::threads::{self, Call};
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

const CLOSE_TIMEOUT: &str = "0.2";

/// The longest time that a stop with [`CLOSE_TIMEOUT`] may take.
const MAX_STOP_TIME: Duration = MAX_STOP_DELAY.saturating_add(Duration::from_millis(200));

#[test]
fn server_stops_without_free_descriptors() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--close-timeout", "1000"]);
        let mut anna = chat.raw_client("/?name=anna");
        let mut half = RawClient::connect(chat.address).unwrap();
        half.send_bytes(b"GET /").unwrap();
        until(
            || threads::is_in(chat.program.id(), "conn-2", Call::Read),
            |&is_reading| is_reading,
        );
        limit_descriptors(chat.program.id());
        let waiting: Vec<_> = (0..3)
            .map(|_| RawClient::connect(chat.address).unwrap())
            .collect();
        // accept(2) allocates a descriptor before it waits, so it still accepts one client. Then it fails, and the
        // thread pauses.
        until(
            || threads::is_in(chat.program.id(), "accept", Call::Channel),
            |&pauses| pauses,
        );
        chat.program.signal(Signal::TERM).unwrap();
        read_to_close_1001(&mut anna);
        assert!(
            half.read_head(TIMEOUT)
                .unwrap()
                .starts_with("HTTP/1.1 503 ")
        );
        drop((anna, half, waiting));
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn server_stops_with_an_unread_stderr() {
    let scenario = || {
        let (stderr, _unread) = blocked_stderr();
        let mut chat = Chat::prepared(
            &["--close-timeout", CLOSE_TIMEOUT, "--max-connections", "3"],
            |command| _ = command.stderr(stderr),
        );
        let mut members = [(); 2].map(|()| chat.raw_client("/"));
        // No program reads stderr, so the log lines about this client and the clients refused below must wait. Even so,
        // this client's permit becomes free again.
        drop(chat.raw_client("/"));
        members.iter_mut().for_each(|member| {
            while !member.read_text().unwrap().ends_with("guest-3 left") {}
        });
        let log = || threads::is_in(chat.program.id(), "log", Call::WriteToPipe);
        until(log, |&is_waiting| is_waiting);
        let third = chat.raw_client("/");
        for _ in 0..2 {
            let refused = chat.exchange(b"GET / HTTP/1.1\r\n");
            assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        }
        let begun = Instant::now();
        chat.program.signal(Signal::TERM).unwrap();
        members
            .iter_mut()
            .for_each(|member| _ = read_to_close_1001(member));
        drop((members, third));
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
        assert!(begun.elapsed() < MAX_STOP_TIME);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn server_stops_with_a_full_hub_channel() {
    within(LIMIT, || {
        let mut server = EmbeddedServer::alone(Config {
            close_timeout: Seconds::new(1000),
            lines_per_second: 0,
            ..config()
        });
        let breakpoint = Breakpoint::set();
        let mut clients =
            ["/?name=anna", "/?name=ben", "/echo"].map(|target| server.raw_client(target));
        clients[0].send_text(breakpoint.word()).unwrap();
        breakpoint.until_reached();
        let words = encode(TEXT, b"hello");
        // The echo client sends first and fills the channel, because each of its messages uses a slot. A member's lines
        // that are read together use only one slot.
        for (client, thread) in clients.iter_mut().zip(["conn-1", "conn-2", "conn-3"]).rev() {
            // These are more messages than the channel holds, but fewer bytes than the sockets hold.
            client.send_bytes(&words.repeat(2000)).unwrap();
            let is_waiting = || threads::is_in(process::id(), thread, Call::Channel);
            until(is_waiting, |&is_waiting| is_waiting);
        }
        server.handle.stop();
        let is_over = || threads::names(process::id()).unwrap();
        until(is_over, |names| !names.contains(&"accept".to_owned()));
        drop(breakpoint);
        let [anna, ben, echo] = &mut clients;
        let (received, as_well) = (read_to_close_1001(anna), read_to_close_1001(ben));
        assert_eq!(received.last(), as_well.last());
        assert!(read_to_close_1001(echo).iter().all(|text| text == "hello"));
        drop(clients);
        server.wait().unwrap();
    });
}

#[test]
fn server_stops_while_a_connection_is_throttled() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--close-timeout", "1000", "--lines-per-second", "1"]);
        let mut anna = chat.raw_client("/?name=anna");
        anna.send_text(&"a line\n".repeat(1000)).unwrap();
        while !anna.read_text().unwrap().starts_with("1001 ") {}
        let pauses = || threads::is_in(chat.program.id(), "conn-1", Call::Channel);
        until(pauses, |&pauses| pauses);
        chat.program.signal(Signal::TERM).unwrap();
        assert_eq!(read_to_close_1001(&mut anna), [""; 0]);
        drop(anna);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn server_stops_while_clients_are_behind() {
    let scenario = || {
        let mut chat = Chat::ours(&[
            "--close-timeout",
            CLOSE_TIMEOUT,
            "--backlog",
            "100000000",
            "--write-timeout",
            "1000",
        ]);
        let (mut anna, stalled) = stalled_member(&chat);
        let begun = Instant::now();
        chat.program.signal(Signal::TERM).unwrap();
        read_to_close_1001(&mut anna);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
        assert!(begun.elapsed() < MAX_STOP_TIME);
        drop((anna, stalled));
    };
    within(LIMIT, || retry_on_delay(scenario));
}
