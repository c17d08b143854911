//! More clients fall behind than the bound allows.

use super::stalled_clients::{behind, chat, gaps, get_behind, long_line, read_up_to, stalled};
use crate::support::chat::{Chat, LIMIT};
use crate::support::metrics::until_counted;
use crate::support::resources::threads;
use crate::support::wait::until;
use crate::support::watchdog::within;
use blocking_chat::base::line;
use blocking_chat::server::config::max_behind;

/// The maximum number of clients that may be behind. A tenth of `--max-connections` is less than `MIN_BEHIND`, so the
/// bound is `MIN_BEHIND`.
const BOUND: usize = 64;

/// The number of clients that a test adds beyond [`BOUND`].
const BEYOND: usize = 6;

#[test]
fn bound_is_a_tenth_of_max_connections_but_at_least_64() {
    let limits = [(1, 64), (640, 64), (649, 64), (650, 65), (10_000, 1000)];
    for (connections, limit) in limits {
        assert_eq!(max_behind(connections), limit, "of {connections}");
    }
}

/// Starts a server that disconnects a slow client only if [`BOUND`] other clients are behind.
fn room() -> Chat {
    chat(&[
        "--max-connections",
        "100",
        "--backlog",
        "100000000",
        "--write-timeout",
        "1000",
    ])
}

#[test]
fn clients_beyond_the_bound_get_1013_and_no_catch_up_thread() {
    within(LIMIT, || {
        let chat = room();
        let mut anna = chat.member("anna");
        let clients: Vec<_> = (0..BOUND + BEYOND)
            .map(|number| stalled(&chat, &format!("m-{number}")))
            .collect();
        get_behind(&chat, &mut anna, BOUND);
        // The sockets of the clients that are not behind are almost full too. The next lines make more clients fall
        // behind than the bound allows.
        let mut newest = 0;
        for _ in 0..8 {
            newest = line::number(&anna.say_and_receive(&long_line())).unwrap();
            // If a socket still has space, its client's catch-up thread may end. Another client may then fall behind
            // and get a catch-up thread.
            until(|| behind(&chat), |&count| count == BOUND);
        }
        let mut disconnected: u64 = 0;
        let mut kept = Vec::new();
        for mut client in clients {
            let received = read_up_to(&mut client, newest);
            assert_eq!(gaps(&received.numbers), []);
            match received.close {
                None => kept.push(client),
                Some((code, reason)) => {
                    assert_eq!(code, 1013, "{reason}");
                    disconnected += 1;
                }
            }
        }
        println!("{} stayed, {disconnected} got 1013", kept.len());
        assert_eq!((kept.len(), disconnected), (BOUND, BEYOND as u64));
        let too_many = "chat_endings_total{reason=\"overloaded\"}";
        until_counted(&chat, &[(too_many, disconnected)]);
        until(|| behind(&chat), |&count| count == 0);
        until(
            || threads(chat.program.id(), "conn-"),
            |&count| count == BOUND + 1,
        );
        // Clients that have caught up are ordinary members again.
        for client in &mut kept {
            client.send_text("here I am").unwrap();
            newest = line::number(&anna.receive_until(": here I am").pop().unwrap()).unwrap();
        }
        for client in &mut kept {
            assert_eq!(read_up_to(client, newest).close, None);
        }
    });
}

#[test]
fn joiner_with_a_long_replay_counts_as_behind() {
    within(LIMIT, || {
        let chat = room();
        let mut anna = chat.member("anna");
        let clients: Vec<_> = (0..BOUND)
            .map(|number| stalled(&chat, &format!("m-{number}")))
            .collect();
        get_behind(&chat, &mut anna, BOUND);
        // `late` gets the 101 and the Close, which fit into any socket buffer. But `late` gets no line of its replay,
        // not even half a frame.
        let mut late = chat.raw_client("/?name=late&since=0");
        let received = read_up_to(&mut late, u64::MAX);
        assert_eq!(
            (received.numbers, received.close.unwrap().0),
            (vec![], 1013)
        );
        drop(late);
        // A joiner without a replay needs no catch-up thread, so it may join.
        chat.raw_client("/").send_text("hello").unwrap();
        anna.receive_until(": hello");
        drop(clients);
    });
}
