//! The Close that says why a connection ends.

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::SOON;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{CLOSE, PING, TEXT, encode, encode_as};
use crate::support::watchdog::within;

/// Reads to the Close, which must be the last that comes, and returns its payload and the texts before it.
pub fn read_close(client: &mut RawClient) -> (Vec<u8>, Vec<String>) {
    let mut texts = Vec::new();
    loop {
        let frame = client.read_frame(SOON).unwrap();
        if frame.opcode == CLOSE {
            assert_eq!(client.read_to_end(SOON).unwrap(), b"", "after the Close");
            return (frame.payload, texts);
        }
        texts.push(frame.text());
    }
}

#[test]
fn the_longest_message_is_taken() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let longest = "x".repeat(16_384);
        assert_eq!(anna.say_and_hear(&longest), format!("2 anna: {longest}"));
    });
}

#[test]
fn the_reply_to_a_close_carries_its_code() {
    within(LIMIT, || {
        let chat = Chat::start();
        for target in ["/", "/echo"] {
            for code in [1000_u16, 1001, 1003, 1011, 3000, 4999] {
                let mut client = chat.raw(target);
                client.send_close(code, "goodbye").unwrap();
                let (payload, _) = read_close(&mut client);
                assert_eq!(payload[..2], code.to_be_bytes());
            }
            let mut client = chat.raw(target);
            client.send_bytes(&encode(CLOSE, b"")).unwrap();
            let (payload, _) = read_close(&mut client);
            assert!(
                payload.is_empty() || payload[..2] == [3, 232],
                "{payload:?}"
            );
        }
    });
}

#[test]
fn nothing_counts_that_comes_after_a_close() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut ben = chat.raw("/?name=ben");
        let frames = [
            encode(CLOSE, &[3, 232]),
            encode(TEXT, b"one thing more"),
            encode(PING, b"?"),
            encode_as(0xFF, b""),
        ];
        ben.send_bytes(&frames.concat()).unwrap();
        let (payload, _) = read_close(&mut ben);
        assert_eq!(payload[..2], [3, 232]);
        let heard = anna.hear_until("* ben left");
        assert!(
            !heard.iter().any(|line| line.contains("one thing more")),
            "{heard:?}"
        );
    });
}

#[test]
fn what_was_said_before_the_mistake_is_heard_and_the_speaker_gets_his_receipt() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut ben = chat.raw("/?name=ben");
        let frames = [
            encode(TEXT, b"so far so good"),
            vec![0x81, 1, b'x'],
            encode(TEXT, b"never"),
        ];
        ben.send_bytes(&frames.concat()).unwrap();
        let (payload, texts) = read_close(&mut ben);
        assert_eq!(payload[..2], 1002_u16.to_be_bytes());
        assert_eq!(texts.last().unwrap(), "3 ben: so far so good");
        let heard = anna.hear_until("* ben left");
        assert_eq!(
            heard,
            ["2 * ben joined", "3 ben: so far so good", "4 * ben left"]
        );
    });
}
