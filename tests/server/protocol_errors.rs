//! The Close for each kind of protocol error, with its code from RFC 6455, section 7.4.1.

use crate::closing::read_close;
use crate::support::chat::{Chat, LIMIT};
use crate::support::raw_frame::{BINARY, CLOSE, PING, TEXT, encode, encode_as};
use crate::support::watchdog::within;

/// Sends `bytes` to the chat or echo at `target`. Returns the code of the server's Close. Panics if a line was said.
fn close_code(chat: &Chat, target: &str, bytes: &[u8]) -> u16 {
    let mut client = chat.raw_client(target);
    client.send_bytes(bytes).unwrap();
    let (payload, texts) = read_close(&mut client);
    let is_said = texts
        .iter()
        .any(|text| text.contains("guest") && text.contains(": "));
    assert!(!is_said, "{texts:?} was said after {bytes:?}");
    let (code, reason) = payload.split_first_chunk().unwrap();
    std::str::from_utf8(reason).unwrap();
    u16::from_be_bytes(*code)
}

#[track_caller]
fn assert_close_code(code: u16, targets: &[&str], cases: &[(&str, Vec<u8>)]) {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        for target in targets {
            for (what, bytes) in cases {
                assert_eq!(close_code(&chat, target, bytes), code, "{what} at {target}");
            }
        }
        anna.say_and_receive("the others are undisturbed");
    });
}

#[test]
fn faulty_frame_gets_1002() {
    assert_close_code(
        1002,
        &["/", "/echo"],
        &[
            ("a frame without a mask", vec![0x81, 1, b'x']),
            ("the first reserved bit", encode_as(0xC1, b"x")),
            ("the second reserved bit", encode_as(0xA1, b"x")),
            ("the third reserved bit", encode_as(0x91, b"x")),
            ("an undefined opcode for data", encode_as(0x83, b"x")),
            ("an undefined opcode for control", encode_as(0x8B, b"x")),
            ("a continuation without a start", encode_as(0x80, b"x")),
            (
                "a message within a message",
                [encode_as(0x01, b"x"), encode(TEXT, b"y")].concat(),
            ),
        ],
    );
}

#[test]
fn faulty_control_frame_gets_1002() {
    let long = vec![b'x'; 126];
    assert_close_code(
        1002,
        &["/", "/echo"],
        &[
            ("a Ping in fragments", encode_as(PING, b"x")),
            ("a Ping that is too long", encode(PING, &long)),
            (
                "a Close that is too long",
                encode(CLOSE, &[&[3, 232], &long[..]].concat()),
            ),
            ("a Close with half a code", encode(CLOSE, &[3])),
            (
                "a code that must not be sent",
                encode(CLOSE, &1005_u16.to_be_bytes()),
            ),
            ("an undefined code", encode(CLOSE, &999_u16.to_be_bytes())),
        ],
    );
}

#[test]
fn binary_message_to_the_chat_gets_1003() {
    assert_close_code(
        1003,
        &["/"],
        &[
            ("bytes", encode(BINARY, b"x")),
            ("no bytes", encode(BINARY, b"")),
            ("text as bytes", encode(BINARY, "é".as_bytes())),
        ],
    );
}

#[test]
fn invalid_utf_8_gets_1007() {
    let split =
        |first: &[u8], second: &[u8]| [encode_as(0x01, first), encode_as(0x80, second)].concat();
    assert_close_code(
        1007,
        &["/", "/echo"],
        &[
            ("a byte that never occurs", encode(TEXT, b"a\xFF")),
            ("half a character", encode(TEXT, b"\xC3")),
            (
                "an overlong encoding of a character",
                encode(TEXT, b"\xC0\xAF"),
            ),
            ("half a surrogate pair", encode(TEXT, b"\xED\xA0\x80")),
            (
                "a character that the next fragment does not complete",
                split(b"\xC3", b"x"),
            ),
            (
                "a continuation byte without a first byte",
                split(b"x", b"\xA9"),
            ),
            (
                "a last fragment that ends within a character",
                split(b"x", b"\xE2\x82"),
            ),
        ],
    );
}

#[test]
fn overlong_message_gets_1009() {
    let long = vec![b'x'; 16_384];
    assert_close_code(
        1009,
        &["/", "/echo"],
        &[
            (
                "a frame with one byte too many",
                encode(TEXT, &[&long[..], b"x"].concat()),
            ),
            (
                "the header of such a frame",
                encode(TEXT, &[&long[..], b"x"].concat())[..8].to_vec(),
            ),
            (
                "the largest possible length",
                [&[0x81, 0xFF, 0x7F][..], &[0xFF; 7], &[0; 4]].concat(),
            ),
            (
                "a message with one byte too many",
                [encode_as(0x01, &long), encode_as(0x80, b"x")].concat(),
            ),
        ],
    );
}

/// None of the lines is said.
#[test]
fn message_of_over_1000_lines_gets_1009() {
    assert_close_code(
        1009,
        &["/"],
        &[("1,001 lines", encode(TEXT, "x\n".repeat(1001).as_bytes()))],
    );
}
