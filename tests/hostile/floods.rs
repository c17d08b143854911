//! Peers that send a lot and read nothing.

use super::attack::{assert_withstands, within_case_limit};
use crate::support::chat::Endpoint;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{PING, TEXT, encode};

/// Sends these bytes repeatedly, without reading, until the server ends the connection.
///
/// After its last frame or response, the server reads and discards the bytes that still arrive, so that no reset
/// destroys that frame or response. So the server may read many bytes, but it must not store them.
/// [`assert_withstands`] checks the server's memory.
fn flood(mut client: RawClient, what: &str, bytes: &[u8]) {
    let block = bytes.repeat(100_000 / bytes.len());
    within_case_limit(what, || while client.send_bytes(&block).is_ok() {});
}

/// Connects a client whose socket has a small receive buffer.
fn client_with_small_buffer(endpoint: &Endpoint) -> RawClient {
    RawClient::connect_with_buffer(endpoint.address, 4096).unwrap()
}

/// Opens a WebSocket at `target`, with a client whose socket has a small receive buffer.
fn websocket_with_small_buffer(endpoint: &Endpoint, target: &str) -> RawClient {
    let mut client = client_with_small_buffer(endpoint);
    client.upgrade(target).unwrap();
    client
}

#[test]
fn ping_flooder_that_reads_nothing_is_disconnected() {
    assert_withstands(&["--lines-per-second", "0"], |endpoint| {
        let pings = encode(PING, &[b'p'; 100]);
        for target in ["/", "/echo"] {
            flood(
                websocket_with_small_buffer(endpoint, target),
                target,
                &pings,
            );
        }
    });
}

#[test]
fn echo_flooder_that_reads_nothing_is_disconnected() {
    assert_withstands(&["--lines-per-second", "0"], |endpoint| {
        let texts = encode(TEXT, &[b'e'; 1000]);
        flood(
            websocket_with_small_buffer(endpoint, "/echo"),
            "echoes",
            &texts,
        );
    });
}

#[test]
fn command_flooder_that_reads_nothing_is_disconnected() {
    assert_withstands(&["--lines-per-second", "0"], |endpoint| {
        for question in ["/who", "/help", "/nick b:d", "/nothing"] {
            let client = websocket_with_small_buffer(endpoint, "/?name=mallory");
            flood(client, question, &encode(TEXT, question.as_bytes()));
        }
    });
}

#[test]
fn request_flooder_that_reads_nothing_is_disconnected() {
    assert_withstands(&["--lines-per-second", "0"], |endpoint| {
        for target in ["/", "/lines?since=0", "/metrics"] {
            let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            flood(
                client_with_small_buffer(endpoint),
                target,
                request.as_bytes(),
            );
        }
    });
}
