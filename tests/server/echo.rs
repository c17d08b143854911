//! `/echo`: every message comes back unchanged, and no other client receives it.

use crate::support::chat::{Chat, LIMIT};
use crate::support::independent::Received;
use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{self, BINARY, TEXT};
use crate::support::watchdog::within;

#[test]
fn text_and_bytes_of_many_lengths_come_back_unchanged() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut echo = chat.connect("/echo").0;
        for length in (0..140).chain([1000, 4095, 4096, 4097, 16_383, 16_384]) {
            let text = "é\n".chars().cycle().take(length / 2).collect::<String>();
            echo.send_text(&text).unwrap();
            assert_eq!(echo.receive(TIMEOUT).unwrap(), Received::Text(text));
            let bytes: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            echo.send_binary(&bytes).unwrap();
            assert_eq!(echo.receive(TIMEOUT).unwrap(), Received::Binary(bytes));
        }
    });
}

#[test]
fn messages_sent_together_come_back_in_order() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut echo = chat.raw_client("/echo");
        let frames: Vec<u8> = (0..500_u32)
            .flat_map(|i| {
                raw_frame::encode(
                    if i % 2 == 0 { TEXT } else { BINARY },
                    i.to_string().as_bytes(),
                )
            })
            .collect();
        echo.send_bytes(&frames).unwrap();
        for i in 0..500_u32 {
            let frame = echo.read_frame(TIMEOUT).unwrap();
            assert_eq!(frame.text(), i.to_string());
            assert_eq!(frame.opcode, if i % 2 == 0 { TEXT } else { BINARY });
        }
    });
}

#[test]
fn fragments_come_back_as_one_message() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut echo = chat.raw_client("/echo");
        for (first, payload) in [(0x02, &b"\0\xFF"[..]), (0x00, b""), (0x80, b"\x01")] {
            echo.send_bytes(&raw_frame::encode_as(first, payload))
                .unwrap();
        }
        let frame = echo.read_frame(TIMEOUT).unwrap();
        assert_eq!(
            (frame.opcode, &frame.payload[..]),
            (BINARY, &b"\0\xFF\x01"[..])
        );
    });
}

#[test]
fn echo_connection_is_not_in_the_room() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut echo = chat.connect("/echo?name=ben&since=0");
        echo.say("/who");
        assert_eq!(echo.receive_line(), "/who");
        assert_eq!(
            anna.say_and_receive("is anybody here?"),
            "2 anna: is anybody here?"
        );
        anna.say("/who");
        assert!(!anna.receive_line().contains("ben"));
        assert_eq!(
            echo.receive_pong(),
            [""; 0],
            "the echo received lines of the room"
        );
        echo.leave();
        assert_eq!(anna.say_and_receive("nobody"), "3 anna: nobody");
    });
}
