//! The limits on the size of a message.

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, CLOSE, TEXT, encode, encode_as};
use crate::support::watchdog::within;

/// Skips frames up to the Close. Returns the code of the Close, or `None` if it has no code.
fn close_code(client: &mut RawClient) -> Option<u16> {
    loop {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode == CLOSE {
            return frame.close_code();
        }
    }
}

/// Returns a text message of this many bytes, first as one frame and then as two frames.
fn messages(length: usize) -> [Vec<u8>; 2] {
    let text = vec![b'x'; length];
    let (first, rest) = text.split_at(60);
    let in_two = [encode_as(TEXT, first), encode_as(0x80, rest)].concat();
    [encode(TEXT, &text), in_two]
}

#[test]
fn message_of_max_message_bytes_is_the_longest_accepted() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--max-message", "100"]);
        let mut anna = chat.member("anna");
        for message in messages(100) {
            let mut client = chat.raw_client("/?name=ben");
            client.send_bytes(&message).unwrap();
            let line = anna.receive_until(&"x".repeat(100)).pop().unwrap();
            assert!(
                line.ends_with(&format!(" ben: {}", "x".repeat(100))),
                "{line}"
            );
            client.send_close(1000, "").unwrap();
            anna.receive_until("* ben left");
        }
        for message in messages(101) {
            let mut client = chat.raw_client("/?name=ben");
            client.send_bytes(&message).unwrap();
            assert_eq!(close_code(&mut client), Some(1009));
            let received = anna.receive_until("* ben left");
            assert!(
                !received.iter().any(|line| line.contains(" ben: ")),
                "{received:?}"
            );
        }
    });
}

#[test]
fn max_message_also_limits_the_echo() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--max-message", "100"]);
        let mut client = chat.raw_client("/echo");
        client.send_bytes(&encode(BINARY, &[7; 100])).unwrap();
        assert_eq!(client.read_frame(TIMEOUT).unwrap().payload, [7; 100]);
        client.send_bytes(&encode(BINARY, &[7; 101])).unwrap();
        assert_eq!(close_code(&mut client), Some(1009));
    });
}

#[test]
fn message_of_1001_lines_is_refused_as_a_whole() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut anna = chat.member("anna");
        let mut ben = chat.raw_client("/?name=ben");
        anna.receive_until("* ben joined");
        // Empty lines are not counted.
        ben.send_text(&"x\n\r\n".repeat(1000)).unwrap();
        (0..1000).for_each(|_| assert!(anna.receive_line().ends_with(" ben: x")));
        ben.send_text(&"y\n".repeat(1001)).unwrap();
        assert_eq!(close_code(&mut ben), Some(1009));
        assert!(anna.receive_line().ends_with("* ben left"));
    });
}
