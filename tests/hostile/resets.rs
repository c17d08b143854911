//! A reset at each stage of a connection.

use super::attack::assert_withstands;
use crate::support::chat::Endpoint;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{PING, TEXT, encode, encode_as};

/// What a peer does before it resets its connection. The string is the target of the peer's request.
type Stage = fn(&mut RawClient, &str);

const STAGES: [(&str, Stage); 9] = [
    ("after connecting", |_, _| {}),
    ("in the middle of the head", |peer, _| {
        peer.send_bytes(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    }),
    ("after the head", |peer, target| {
        peer.request_upgrade(target).unwrap();
    }),
    ("after the 101", |peer, target| {
        peer.upgrade(target).unwrap();
    }),
    ("in the middle of a frame", |peer, target| {
        peer.upgrade(target).unwrap();
        peer.send_bytes(&encode(TEXT, b"half a frame")[..8])
            .unwrap();
    }),
    ("in the middle of a message", |peer, target| {
        peer.upgrade(target).unwrap();
        peer.send_bytes(&encode_as(TEXT, b"half a message"))
            .unwrap();
    }),
    ("with Pongs in flight", |peer, target| {
        peer.upgrade(target).unwrap();
        peer.send_bytes(&encode(PING, b"x").repeat(1000)).unwrap();
    }),
    ("after a Close", |peer, target| {
        peer.upgrade(target).unwrap();
        peer.send_close(1000, "").unwrap();
    }),
    ("in the middle of a body", |peer, _| {
        peer.send_bytes(
            b"POST /lines?name=m HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
        )
        .unwrap();
    }),
];

fn reset(endpoint: &Endpoint, target: &str, stage: Stage) {
    let mut peer = RawClient::connect(endpoint.address).unwrap();
    stage(&mut peer, target);
    peer.reset().unwrap();
}

#[test]
fn reset_at_any_stage_leaves_nothing_behind() {
    assert_withstands(&[], |endpoint| {
        for target in ["/?name=mallory", "/echo"] {
            for (_, stage) in STAGES {
                (0..30).for_each(|_| reset(endpoint, target, stage));
            }
        }
    });
}

#[test]
fn reset_of_a_long_poll_leaves_nothing_behind() {
    assert_withstands(&[], |endpoint| {
        for _ in 0..30 {
            let mut peer = RawClient::connect(endpoint.address).unwrap();
            peer.send_bytes(b"GET /lines?since=0&wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .unwrap();
            peer.read_head(TIMEOUT).unwrap();
            peer.send_bytes(b"GET /lines?since=999999&wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .unwrap();
            peer.reset().unwrap();
        }
    });
}
