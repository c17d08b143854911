//! Connections beyond `--max-connections`: each gets a 503, and released permits can be used again.

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The number of clients in a burst. It is below the usual limit on descriptors.
const BURST: usize = 500;

/// Starts a server with one permit. Returns the server, and the client that holds the permit.
fn full() -> (Chat, RawClient) {
    let chat = Chat::ours(&["--max-connections", "1"]);
    let only = chat.raw_client("/");
    (chat, only)
}

/// Connects a client beyond the limit. A client with an even `number` also sends a request.
fn one_too_many(endpoint: Endpoint, number: usize) -> RawClient {
    let mut client = RawClient::connect(endpoint.address).unwrap();
    if number % 2 == 0 {
        // The send fails if the server has already refused the client. Even then, the response can be read.
        let _ = client.request_upgrade("/");
    }
    client
}

/// Retries the handshake until it succeeds, because no event announces a free permit.
fn connect_with_permit(chat: &Chat, target: &str) -> RawClient {
    until(|| RawClient::open(chat.address, target), Result::is_ok).unwrap()
}

fn gets_503(client: &mut RawClient) -> bool {
    let head = client.read_head(TIMEOUT).unwrap_or_default();
    head.starts_with("HTTP/1.1 503 ") && head.contains("\r\nRetry-After: ")
}

/// The 503 must reach all 2,000 clients.
#[test]
fn every_refused_client_gets_the_503_and_a_clean_end() {
    within(LIMIT, || {
        let (chat, only) = full();
        let mut seen = 0;
        for number in 0..2000 {
            let mut client = one_too_many(chat.endpoint, number);
            seen += usize::from(gets_503(&mut client));
            let body = client.read_to_end(TIMEOUT).unwrap();
            assert!(body.ends_with(b"try again later.\n"), "{body:?}");
            // A client that still sends gets no reset. After a reset, many HTTP programs would not report the 503.
            client.send_bytes(b"GET / HTTP/1.1\r\n").unwrap();
            client.send_bytes(b"Host: localhost\r\n\r\n").unwrap();
        }
        println!("{seen} of 2000 saw the 503");
        assert_eq!(seen, 2000);
        drop(only);
        drop(connect_with_permit(&chat, "/"));
    });
}

/// Even the client that reads last gets the 503.
#[test]
fn every_client_in_a_refused_burst_gets_the_503() {
    within(LIMIT, || {
        let (chat, mut only) = full();
        let mut seen = 0;
        for _ in 0..4 {
            let mut burst: Vec<_> = (0..BURST)
                .map(|number| one_too_many(chat.endpoint, number))
                .collect();
            seen += burst
                .iter_mut()
                .map(gets_503)
                .filter(|is_seen| *is_seen)
                .count();
        }
        println!("{seen} of {} saw the 503", 4 * BURST);
        assert_eq!(seen, 4 * BURST);
        // The client with the permit has noticed nothing.
        only.read_text().unwrap();
        only.read_text().unwrap();
        only.send_text("undisturbed").unwrap();
        assert!(only.read_text().unwrap().ends_with(": undisturbed"));
    });
}

#[test]
fn ended_connections_release_their_permits() {
    within(LIMIT, || {
        let chat = Chat::ours(&[
            "--max-connections",
            "3",
            "--handshake-timeout",
            "0.1",
            "--close-timeout",
            "0.1",
        ]);
        for _ in 0..10 {
            // One client leaves, one vanishes, and one sends no request. The next three clients get the released
            // permits.
            let mut leaves = connect_with_permit(&chat, "/");
            leaves.send_close(1000, "").unwrap();
            let vanishes = connect_with_permit(&chat, "/echo");
            drop(vanishes);
            let mut silent = RawClient::connect(chat.address).unwrap();
            silent.read_head(TIMEOUT).unwrap();
        }
        let all: Vec<_> = (0..3).map(|_| connect_with_permit(&chat, "/")).collect();
        assert!(
            RawClient::open(chat.address, "/")
                .unwrap_err()
                .to_string()
                .starts_with("HTTP/1.1 503 ")
        );
        drop(all);
    });
}
