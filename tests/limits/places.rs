//! One connection more than there may be: it is told so, and the places come back.

use crate::support::chat::{Chat, Door, LIMIT};
use crate::support::process::SOON;
use crate::support::raw_client::RawClient;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// How many clients may be waiting to read their answer at once in these tests: fewer than a process may have
/// descriptors where nobody has raised that.
const BURST: usize = 500;

/// A server with one place, and who has it.
fn full() -> (Chat, RawClient) {
    let chat = Chat::ours(&["--max-connections", "1"]);
    let only = chat.raw("/");
    (chat, only)
}

/// A client that is one too many; every second one has sent its request before it reads the answer.
fn one_too_many(door: Door, number: usize) -> RawClient {
    let mut client = RawClient::connect(door.address).unwrap();
    if number % 2 == 0 {
        // It may be refused already, and then this fails. That is no reason not to read the answer.
        let _ = client.request_upgrade("/");
    }
    client
}

/// Tries until there is a place: the server does not tell when one comes back.
fn place(chat: &Chat, target: &str) -> RawClient {
    until(|| RawClient::open(chat.address, target), Result::is_ok).unwrap()
}

fn sees_503(client: &mut RawClient) -> bool {
    let head = client.read_head(SOON).unwrap_or_default();
    head.starts_with("HTTP/1.1 503 ") && head.contains("\r\nRetry-After: ")
}

#[test]
fn two_thousand_of_two_thousand_see_that_there_is_no_place_and_a_clean_end() {
    within(LIMIT, || {
        let (chat, only) = full();
        let mut seen = 0;
        for number in 0..2000 {
            let mut client = one_too_many(chat.door, number);
            seen += usize::from(sees_503(&mut client));
            let body = client.read_to_end(SOON).unwrap();
            assert!(body.ends_with(b"try again later.\n"), "{body:?}");
            // A client that has not said all yet is not cut off: many would report that, and not what they were told.
            client.send_bytes(b"GET / HTTP/1.1\r\n").unwrap();
            client.send_bytes(b"Host: localhost\r\n\r\n").unwrap();
        }
        println!("{seen} of 2000 saw the 503");
        assert_eq!(seen, 2000);
        drop(only);
        drop(place(&chat, "/"));
    });
}

#[test]
fn a_burst_sees_it_too_and_even_who_reads_last() {
    within(LIMIT, || {
        let (chat, mut only) = full();
        let mut seen = 0;
        for _ in 0..4 {
            let mut burst: Vec<_> = (0..BURST)
                .map(|number| one_too_many(chat.door, number))
                .collect();
            seen += burst
                .iter_mut()
                .map(sees_503)
                .filter(|is_seen| *is_seen)
                .count();
        }
        println!("{seen} of {} saw the 503", 4 * BURST);
        assert_eq!(seen, 4 * BURST);
        // Whoever has the place has noticed nothing.
        only.read_text().unwrap();
        only.read_text().unwrap();
        only.send_text("undisturbed").unwrap();
        assert!(only.read_text().unwrap().ends_with(": undisturbed"));
    });
}

#[test]
fn each_place_comes_back_however_it_was_given_up() {
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
            // One that leaves, one that vanishes, one that never asks; the next three find their places again.
            let mut leaves = place(&chat, "/");
            leaves.send_close(1000, "").unwrap();
            let vanishes = place(&chat, "/echo");
            drop(vanishes);
            let mut silent = RawClient::connect(chat.address).unwrap();
            silent.read_head(SOON).unwrap();
        }
        let all: Vec<_> = (0..3).map(|_| place(&chat, "/")).collect();
        assert!(
            RawClient::open(chat.address, "/")
                .unwrap_err()
                .to_string()
                .starts_with("HTTP/1.1 503 ")
        );
        drop(all);
    });
}
