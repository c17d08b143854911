//! A Pong, or the reply to a Close, proves that the client's earlier lines were said and that their receipts were sent.

use std::thread;

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{self, CLOSE, Frame, PING, PONG, TEXT};
use crate::support::watchdog::within;

/// Returns the next frame that is neither a notice nor the welcome.
fn next_frame(client: &mut RawClient) -> Frame {
    loop {
        let frame = client.read_frame(TIMEOUT).unwrap();
        let text = frame.text();
        if frame.opcode != TEXT || !(text.contains(" * ") || text.starts_with("* you are ")) {
            return frame;
        }
    }
}

#[test]
fn pong_arrives_after_the_receipts_of_earlier_lines() {
    within(LIMIT, || {
        let chat = Chat::start();
        let endpoint = chat.endpoint;
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(move || {
                    let mut client = endpoint.raw_client("/?name=x");
                    client.send_text("/nick y\n/help").unwrap();
                    for count in 0..200 {
                        let own = format!("{count} of {:?}", thread::current().id());
                        let line = raw_frame::encode(TEXT, own.as_bytes());
                        let ping = raw_frame::encode(PING, own.as_bytes());
                        client.send_bytes(&[line, ping].concat()).unwrap();
                        let mut has_receipt = false;
                        loop {
                            let frame = next_frame(&mut client);
                            has_receipt |= frame.opcode == TEXT && frame.text().ends_with(&own);
                            if frame.opcode == PONG {
                                assert_eq!(frame.text(), own);
                                break;
                            }
                        }
                        assert!(has_receipt, "the Pong arrived before the receipt");
                    }
                });
            }
        });
    });
}

#[test]
fn pong_arrives_after_the_answers_to_earlier_commands() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = chat.raw_client("/?name=anna");
        let all = [
            raw_frame::encode(TEXT, b"one\n/who\ntwo\n/unknown"),
            raw_frame::encode(PING, b"a"),
            raw_frame::encode(TEXT, b"three"),
            raw_frame::encode(PING, b"b"),
        ];
        client.send_bytes(&all.concat()).unwrap();
        let mut received = Vec::new();
        while received.last() != Some(&"b".to_owned()) {
            received.push(next_frame(&mut client).text());
        }
        let place = |end: &str| {
            received
                .iter()
                .position(|line| line.ends_with(end))
                .unwrap()
        };
        assert!(place("anna: one") < place("anna: two") && place("anna: two") < place("a"));
        assert!(place("* here: anna") < received.iter().position(|line| line == "a").unwrap());
        assert!(place("anna: three") < place("b"));
        assert!(
            received.iter().any(|line| line.contains("/unknown")),
            "{received:?}"
        );
    });
}

#[test]
fn pong_has_the_payload_of_its_ping() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = chat.raw_client("/echo");
        for payload in [&b""[..], b"\0\xFF", &[7; 125]] {
            client.send_ping(payload).unwrap();
            let frame = client.read_frame(TIMEOUT).unwrap();
            assert_eq!((frame.opcode, &frame.payload[..]), (PONG, payload));
        }
    });
}

#[test]
fn half_closed_client_still_gets_its_receipts() {
    within(LIMIT, || {
        let chat = Chat::start();
        for count in 0..50 {
            let mut client = chat.raw_client("/");
            let own = format!("number {count}");
            client.send_text(&own).unwrap();
            client.end_sending().unwrap();
            let bytes = client.read_to_end(TIMEOUT).unwrap();
            let received = String::from_utf8_lossy(&bytes);
            assert!(received.contains(&own), "{received:?}");
        }
    });
}

#[test]
fn pong_and_echo_arrive_before_the_reply_to_a_close() {
    within(LIMIT, || {
        let chat = Chat::start();
        for _ in 0..50 {
            let mut client = chat.raw_client("/echo");
            let all = [
                raw_frame::encode(TEXT, b"one"),
                raw_frame::encode(PING, b"two"),
                raw_frame::encode(CLOSE, &1000_u16.to_be_bytes()),
            ];
            client.send_bytes(&all.concat()).unwrap();
            let received = [(); 3].map(|()| client.read_frame(TIMEOUT).unwrap());
            let opcodes = received.map(|frame| frame.opcode);
            assert_eq!(opcodes, [TEXT, PONG, CLOSE]);
            assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"");
        }
    });
}

/// Checks a thousand connections.
#[test]
fn receipt_arrives_before_the_reply_to_a_close() {
    within(LIMIT, || {
        let chat = Chat::start();
        thread::scope(|scope| {
            for thread in 0..4 {
                let endpoint = chat.endpoint;
                scope.spawn(move || {
                    for count in 0..250 {
                        say_and_close(endpoint, &format!("{count} of {thread}"));
                    }
                });
            }
        });
    });
}

/// Sends a line and a Close in one packet. Checks that the receipt, the reply and the end of the stream arrive in this
/// order.
fn say_and_close(endpoint: Endpoint, own: &str) {
    let mut client = endpoint.raw_client("/");
    let line = raw_frame::encode(TEXT, own.as_bytes());
    let close = raw_frame::encode(CLOSE, &1000_u16.to_be_bytes());
    client.send_bytes(&[line, close].concat()).unwrap();
    let mut has_receipt = false;
    loop {
        let frame = next_frame(&mut client);
        has_receipt |= frame.opcode == TEXT && frame.text().ends_with(&format!(": {own}"));
        if frame.opcode == CLOSE {
            assert_eq!(frame.close_code(), Some(1000));
            break;
        }
    }
    assert!(
        has_receipt,
        "the reply to the Close arrived before the receipt"
    );
    assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"");
}
