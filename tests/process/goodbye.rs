//! Goodbyes that arrive: the last words are not lost to a reset, and a socket does not outlive its connection.

use std::fs;

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::SOON;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, CLOSE, TEXT, encode};
use crate::support::watchdog::within;
use crate::wait::until;

fn descriptors(chat: &Chat) -> usize {
    fs::read_dir(format!("/proc/{}/fd", chat.program.id()))
        .unwrap()
        .count()
}

#[test]
fn a_refusal_arrives_though_the_peer_has_sent_more_than_was_read() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let more = [b"\0\r\n\r\n".as_slice(), &[b'x'; 300_000]].concat();
        for _ in 0..50 {
            let answer = chat.answer(&more);
            assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        }
    });
}

#[test]
fn a_close_arrives_though_the_peer_has_sent_more_than_was_read() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut mistake = encode(BINARY, b"x");
        (0..300).for_each(|_| mistake.extend(encode(TEXT, &[b'x'; 1000])));
        for _ in 0..50 {
            let mut client = chat.raw("/");
            client.send_bytes(&mistake).unwrap();
            let frame = loop {
                let frame = client.read_frame(SOON).unwrap();
                if frame.opcode == CLOSE {
                    break frame;
                }
            };
            assert_eq!(frame.close_code(), Some(1003));
            assert_eq!(client.read_to_end(SOON).unwrap(), b"");
        }
    });
}

#[test]
fn every_way_to_end_gives_its_descriptor_back() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--close-timeout", "0.3"]);
        let before = descriptors(&chat);
        let mut rude = Vec::new();
        for _ in 0..10 {
            chat.asking("/").leave();
            chat.asking("/echo").leave();
            drop(chat.raw("/"));
            drop(RawClient::connect(chat.address).unwrap());
            chat.answer(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
            // This one gets a Close, never answers it and stays.
            let mut client = chat.raw("/");
            client.send_bytes(&encode(BINARY, b"x")).unwrap();
            rude.push(client);
        }
        until(|| descriptors(&chat), |&count| count == before);
        drop(rude);
    });
}
