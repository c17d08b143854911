//! How HTTP connections end, in particular while a long poll waits. Also, how requests are throttled.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use blocking_chat::server::connection::hooks::Hooks;
use blocking_chat::server::hub::messages::HubMessage;
use blocking_chat::server::hub::room_request::RoomRequest;

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::{HttpClient, get};
use crate::support::library::{EmbeddedServer, config};
use crate::support::metrics::until_counted;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::resources::{descriptors, descriptors_at_start, threads};
use crate::support::threads::{Call, all_are_in};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Sends each of `requests` from a client of its own. Waits until every connection's thread is waiting for a line.
fn waiting_clients(chat: &Chat, requests: &[String]) -> Vec<HttpClient> {
    let ask = |request| {
        let mut client = HttpClient::connect(chat);
        client.send(request);
        client
    };
    let clients: Vec<_> = requests.iter().map(ask).collect();
    let pid = chat.program.id();
    until(
        || threads(pid, "conn-") == clients.len() && all_are_in(pid, "conn-", Call::Channel),
        |&all_wait| all_wait,
    );
    clients
}

#[test]
fn shutdown_answers_every_long_poll() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--close-timeout", "1000"]);
        let mut clients = waiting_clients(&chat, &vec![get("/lines?wait=60"); 20]);
        let begun = Instant::now();
        chat.program.signal(Signal::TERM).unwrap();
        for client in &mut clients {
            let response = client.read_response();
            assert_eq!((response.status, &*response.body), (200, ""));
            assert!(
                response.is_last() && response.field("Room").is_some(),
                "{response:?}"
            );
            client.expect_end();
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "{took:?}");
        drop(clients);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn closed_long_poll_releases_its_permit_within_seconds() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--max-connections", "3"]);
        let pid = chat.program.id();
        let before = descriptors_at_start(pid);
        let wait = get("/lines?wait=60");
        // On the second connection, a plain request follows the long poll. On the third, nine more long polls follow
        // the first one.
        let ahead = [&*wait, &get("/lines")].concat();
        let again = get("/lines?wait=5").repeat(10);
        let clients = waiting_clients(&chat, &[wait, ahead, again]);
        assert_eq!(HttpClient::connect(&chat).get("/lines").status, 503);
        let begun = Instant::now();
        drop(clients);
        until(|| threads(pid, "conn-"), |&left| left == 0);
        let took = begun.elapsed();
        // The server checks every five seconds whether a client is still connected. On a busy machine, the check may be
        // late. Without the check, the long polls would last for thirty or fifty seconds.
        assert!(took < Duration::from_secs(20), "{took:?}");
        // All permits are free again. The server may still keep the refused socket, so one more descriptor than before
        // is allowed.
        let mut served: Vec<_> = (0..3).map(|_| HttpClient::connect(&chat)).collect();
        assert!(
            served
                .iter_mut()
                .all(|client| client.get("/lines").status == 200)
        );
        drop(served);
        until(|| descriptors(pid), |&now| now <= before + 1);
    });
}

#[test]
fn half_closed_client_is_still_answered() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let half_closed = |target: &str| {
            let mut client = HttpClient::connect(&chat);
            client.send(get(target));
            client.0.end_sending().unwrap();
            client
        };
        let expect_only = |mut client: HttpClient, body: &str| {
            let response = client.read_response();
            assert_eq!((response.status, &*response.body), (200, body));
            client.expect_end();
            response
        };
        expect_only(half_closed("/lines?wait=1"), "");
        let client = half_closed("/lines?wait=60");
        HttpClient::connect(&chat).post("/lines?name=anna", "hello");
        expect_only(client, "1 anna: hello\n");
        // To the server, a half-closed client looks like a client that has closed its connection, so its long poll ends
        // early.
        let begun = Instant::now();
        let response = expect_only(half_closed("/lines?since=1&wait=60"), "");
        assert!(response.is_last() && begun.elapsed() < Duration::from_secs(20));
        until_counted(
            &chat,
            &[("chat_endings_total{reason=\"connection_lost\"}", 2)],
        );
    });
}

#[test]
fn hub_is_notified_when_a_connection_with_long_polls_ends() {
    static FORGOTTEN: AtomicUsize = AtomicUsize::new(0);
    fn note(message: &HubMessage) {
        if matches!(
            message,
            HubMessage::Http {
                request: RoomRequest::Forget,
                ..
            }
        ) {
            FORGOTTEN.fetch_add(1, Ordering::Relaxed);
        }
    }
    within(LIMIT, || {
        let hooks = Hooks {
            on_message: Some(note),
            ..Hooks::default()
        };
        let server = EmbeddedServer::with_hooks(config(), hooks);
        let mut clients = [(); 4].map(|()| HttpClient::connect(&server));
        let (polling, waiting) = clients.split_at_mut(2);
        for client in polling {
            assert_eq!(client.get("/lines").lines(), [""; 0]);
        }
        // When the connections end, no long poll is still waiting. The hub is notified only about the two connections
        // that sent a long poll.
        for client in &mut *waiting {
            client.send(get("/lines?wait=1"));
        }
        for client in waiting {
            assert_eq!(client.read_response().lines(), [""; 0]);
        }
        drop(clients);
        until_counted(&server, &[("chat_endings_total{reason=\"http_done\"}", 4)]);
        until(|| FORGOTTEN.load(Ordering::Relaxed), |&count| count == 2);
    });
}

#[test]
fn shutdown_closes_an_idle_connection_without_a_response() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--close-timeout", "1000"]);
        let mut client = HttpClient::connect(&chat);
        client.get("/lines");
        chat.program.signal(Signal::TERM).unwrap();
        client.expect_end();
        drop(client);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn posting_too_fast_is_throttled_and_loses_nothing() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--lines-per-second", "10"]);
        let mut client = HttpClient::connect(&chat);
        // A request costs as much as ten lines, plus one for each posted line. At 10 lines per second, one line is
        // free: a tenth of a second's worth.
        let begun = Instant::now();
        let response = client.post("/lines?name=anna", "1\n2\n3\n4\n5\n6");
        assert_eq!(response.lines().len(), 6);
        assert_eq!(client.post("/lines?name=anna", "7").lines(), ["7 anna: 7"]);
        let both = begun.elapsed();
        assert!(both >= Duration::from_millis(500), "{both:?}");
        // After each of these requests, the connection's thread pauses for a second. The last pause comes after the
        // last response.
        let begun = Instant::now();
        (0..4).for_each(|_| _ = client.get("/lines"));
        assert!(begun.elapsed() >= Duration::from_millis(200));
    });
}
