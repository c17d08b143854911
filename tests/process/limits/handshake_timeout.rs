//! The deadline of a handshake. It applies to the whole request, even if the request arrives in many pieces.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::resources::threads;
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

const BUDGET: Duration = Duration::from_millis(300);

/// The pause between two bytes of a request. At this pace, the request would take about ten times [`BUDGET`], the
/// handshake timeout. This pace models a client that sends one byte per second to a server with a handshake timeout of
/// 15 seconds.
const PACE: Duration = Duration::from_millis(20);

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn chat() -> Chat {
    Chat::ours(&["--handshake-timeout", "0.3", "--close-timeout", "0.3"])
}

/// The 408 does not arrive before the deadline.
#[test]
fn silent_handshake_gets_408_at_its_deadline() {
    within(LIMIT, || {
        let chat = chat();
        let begun = Instant::now();
        let mut client = RawClient::connect(chat.address).unwrap();
        let head = client.read_head(TIMEOUT).unwrap();
        assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
        assert!(begun.elapsed() >= BUDGET, "{:?}", begun.elapsed());
        let body = client.read_to_end(TIMEOUT).unwrap();
        assert!(body.ends_with(b"in time.\n"), "{body:?}");
        // The client stays connected, but its connection's thread ends at the close timeout.
        until(
            || threads(chat.program.id(), "conn-"),
            |&threads| threads == 0,
        );
    });
}

#[test]
fn slow_bytes_do_not_extend_the_handshake_deadline() {
    within(LIMIT, || {
        let chat = chat();
        let begun = Instant::now();
        let mut client = RawClient::connect(chat.address).unwrap();
        let mut sent = 0;
        let head = loop {
            client.send_bytes(&REQUEST[sent..=sent]).unwrap();
            sent += 1;
            match client.read_head(PACE) {
                Err(error) if error.kind() == ErrorKind::TimedOut => {}
                head => break head.unwrap(),
            }
        };
        println!(
            "answered after {sent} of {} bytes and {:?}",
            REQUEST.len(),
            begun.elapsed()
        );
        assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
        assert!(begun.elapsed() >= BUDGET);
        // The client keeps sending, but its connection's thread does not wait for the rest of the request.
        while threads(chat.program.id(), "conn-") > 0 {
            let _ = client.send_bytes(b"x");
        }
    });
}

#[test]
fn handshake_deadline_does_not_outlive_the_request() {
    let scenario = || {
        let chat = chat();
        let mut client = RawClient::connect(chat.address).unwrap();
        let (beginning, rest) = REQUEST.split_at(REQUEST.len() / 2);
        client.send_bytes(beginning).unwrap();
        client.send_bytes(rest).unwrap();
        client.read_upgrade(TIMEOUT).unwrap();
        assert!(client.read_text().unwrap().starts_with("* you are "));
        client.read_text().unwrap();
        // Wait until the handshake deadline of a later client passes. By then, the first client's deadline has passed
        // too.
        let mut late = RawClient::connect(chat.address).unwrap();
        assert!(
            late.read_head(TIMEOUT)
                .unwrap()
                .starts_with("HTTP/1.1 408 ")
        );
        client.send_text("here I am").unwrap();
        assert!(client.read_text().unwrap().ends_with(": here I am"));
    };
    within(LIMIT, || retry_on_delay(scenario));
}
