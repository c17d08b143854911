//! The Close frame, which gives the reason for the end of a connection.

use std::collections::VecDeque;
use std::thread;

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::metrics::until_counted;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{CLOSE, PING, TEXT, encode, encode_as};
use crate::support::socket_queues::until_read;
use crate::support::watchdog::within;

/// Reads up to the Close, which must be the last frame. Returns the payload of the Close, and the text of each earlier
/// frame.
pub fn read_close(client: &mut RawClient) -> (Vec<u8>, Vec<String>) {
    let mut texts = Vec::new();
    loop {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode == CLOSE {
            assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"", "after the Close");
            return (frame.payload, texts);
        }
        texts.push(frame.text());
    }
}

#[test]
fn longest_allowed_message_is_accepted() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let longest = "x".repeat(16_384);
        assert_eq!(anna.say_and_receive(&longest), format!("2 anna: {longest}"));
    });
}

#[test]
fn reply_to_a_close_has_the_same_code() {
    within(LIMIT, || {
        let chat = Chat::start();
        for target in ["/", "/echo"] {
            for code in [1000_u16, 1001, 1003, 1011, 1014, 3000, 4999] {
                let mut client = chat.raw_client(target);
                client.send_close(code, "goodbye").unwrap();
                let (payload, _) = read_close(&mut client);
                assert_eq!(payload[..2], code.to_be_bytes());
            }
            let mut client = chat.raw_client(target);
            client.send_bytes(&encode(CLOSE, b"")).unwrap();
            let (payload, _) = read_close(&mut client);
            assert!(
                payload.is_empty() || payload[..2] == [3, 232],
                "{payload:?}"
            );
        }
    });
}

/// Returns whether a Close may have this code. The codes are from RFC 6455, section 7.4, and from IANA's registry.
fn may_be_sent(code: u16) -> bool {
    let registered = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
    ];
    registered.contains(&code) || (3000..5000).contains(&code)
}

#[test]
fn every_code_from_0_to_5000_gets_the_right_reply() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let endpoint = chat.endpoint;
        thread::scope(|scope| {
            for first in 0..4 {
                scope.spawn(move || send_each_code(endpoint, (first..=5000).step_by(4)));
            }
        });
        let allowed = (0..=5000).filter(|code| may_be_sent(*code)).count() as u64;
        let left = ("chat_endings_total{reason=\"closed_by_peer\"}", allowed);
        let broke = (
            "chat_endings_total{reason=\"protocol_error\"}",
            5001 - allowed,
        );
        until_counted(&chat, &[left, broke]);
    });
}

/// Sends a Close with each of these codes and checks the replies. Keeps up to twelve connections open at the same time.
fn send_each_code(endpoint: Endpoint, codes: impl Iterator<Item = u16>) {
    let mut clients: VecDeque<(u16, RawClient)> = VecDeque::new();
    let check = |(code, mut client): (u16, RawClient)| {
        let (payload, _) = read_close(&mut client);
        let answer = if may_be_sent(code) { code } else { 1002 };
        assert_eq!(payload[..2], answer.to_be_bytes(), "to {code}");
    };
    for code in codes {
        let mut client = endpoint.raw_client("/echo");
        client.send_close(code, "why").unwrap();
        clients.push_back((code, client));
        if clients.len() == 12 {
            check(clients.pop_front().unwrap());
        }
    }
    clients.into_iter().for_each(check);
}

#[test]
fn forbidden_close_code_is_logged_as_a_protocol_error() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        for (code, words) in [
            (1002_u16, "left with Close 1002"),
            (1014, "left with Close 1014"),
            (
                999,
                "ended with Close 1002: a Close must not have the code 999",
            ),
            (
                1005,
                "ended with Close 1002: a Close must not have the code 1005",
            ),
            (
                1006,
                "ended with Close 1002: a Close must not have the code 1006",
            ),
            (
                5000,
                "ended with Close 1002: a Close must not have the code 5000",
            ),
        ] {
            let mut client = chat.raw_client("/");
            // The code arrives in two pieces.
            let frame = encode(
                CLOSE,
                &[&code.to_be_bytes()[..], b"Protocol violation"].concat(),
            );
            client.send_bytes(&frame[..7]).unwrap();
            until_read(&client);
            client.send_bytes(&frame[7..]).unwrap();
            read_close(&mut client);
            drop(client);
            let line = chat.program.stderr_line(TIMEOUT).unwrap();
            assert!(line.ends_with(words), "{line}");
        }
    });
}

#[test]
fn frames_after_a_close_have_no_effect() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut ben = chat.raw_client("/?name=ben");
        let frames = [
            encode(CLOSE, &[3, 232]),
            encode(TEXT, b"one thing more"),
            encode(PING, b"?"),
            encode_as(0xFF, b""),
        ];
        ben.send_bytes(&frames.concat()).unwrap();
        let (payload, _) = read_close(&mut ben);
        assert_eq!(payload[..2], [3, 232]);
        let received = anna.receive_until("* ben left");
        assert!(
            !received.iter().any(|line| line.contains("one thing more")),
            "{received:?}"
        );
    });
}

#[test]
fn lines_before_a_protocol_error_are_delivered() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut ben = chat.raw_client("/?name=ben");
        let frames = [
            encode(TEXT, b"so far so good"),
            vec![0x81, 1, b'x'],
            encode(TEXT, b"never"),
        ];
        ben.send_bytes(&frames.concat()).unwrap();
        let (payload, texts) = read_close(&mut ben);
        assert_eq!(payload[..2], 1002_u16.to_be_bytes());
        assert_eq!(texts.last().unwrap(), "3 ben: so far so good");
        let received = anna.receive_until("* ben left");
        assert_eq!(
            received,
            ["2 * ben joined", "3 ben: so far so good", "4 * ben left"]
        );
    });
}
