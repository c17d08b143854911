//! The threads of the server: their number and their names agree with the documentation.

use crate::support::chat::{Chat, LIMIT};
use crate::support::raw_client::RawClient;
use crate::support::threads;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The thread names of a server with two writers and no connections. Linux names the main thread after the program.
const ALONE: [&str; 7] = [
    "accept",
    "chat-server",
    "ctrl-c",
    "hub",
    "log",
    "writer-0",
    "writer-1",
];

fn chat() -> Chat {
    Chat::ours(&["--writers", "2"])
}

fn names(chat: &Chat) -> Vec<String> {
    threads::names(chat.program.id()).unwrap()
}

#[test]
fn idle_server_has_the_documented_threads() {
    within(LIMIT, || {
        let chat = chat();
        until(|| names(&chat), |names| *names == ALONE);
    });
}

#[test]
fn every_client_that_keeps_up_has_exactly_one_thread() {
    within(LIMIT, || {
        let chat = chat();
        let mut members: Vec<_> = (0..20).map(|_| chat.connect("/")).collect();
        let echoes: Vec<_> = (0..5).map(|_| chat.raw_client("/echo")).collect();
        for (count, member) in (0..).zip(&mut members) {
            member.say(&format!("hello {count}"));
        }
        for member in &mut members {
            member.receive_until("hello 19");
        }
        let connected = names(&chat);
        let conns = connected.iter().filter(|name| name.starts_with("conn-"));
        assert_eq!(conns.count(), 25, "{connected:?}");
        assert_eq!(connected.len(), 25 + ALONE.len(), "{connected:?}");
        for number in 1..=25 {
            assert!(
                connected.contains(&format!("conn-{number}")),
                "{connected:?}"
            );
        }
        drop((members, echoes));
        until(|| names(&chat), |names| *names == ALONE);
    });
}

#[test]
fn answered_request_leaves_no_thread_behind() {
    within(LIMIT, || {
        let chat = chat();
        for _ in 0..20 {
            chat.exchange(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        until(|| names(&chat), |names| *names == ALONE);
    });
}

#[test]
fn silent_connection_has_one_thread_too() {
    within(LIMIT, || {
        let chat = chat();
        let silent = RawClient::connect(chat.address).unwrap();
        until(
            || names(&chat),
            |names| names.contains(&"conn-1".to_owned()),
        );
        assert_eq!(names(&chat).len(), ALONE.len() + 1);
        drop(silent);
        until(|| names(&chat), |names| *names == ALONE);
    });
}

#[test]
fn server_has_as_many_writers_as_requested() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--writers", "5"]);
        let writers = |names: &[String]| {
            let writers = names.iter().filter(|name| name.starts_with("writer-"));
            writers.count()
        };
        // A thread exists for a moment before it gets its name.
        until(|| names(&chat), |names| writers(names) == 5);
    });
}
