//! Frames that are faulty, early, incomplete or fragmented, in the chat and in the echo.

use std::thread;

use super::attack::{StreamEnd, assert_withstands, read_to_end, within_case_limit};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, CLOSE, PING, TEXT, encode, encode_as};

/// Encodes the header of a frame whose payload has this length. The payload itself is missing.
fn announced(opcode: u8, length: u64) -> Vec<u8> {
    [&[0x80 | opcode, 0xFF], &length.to_be_bytes()[..], &[0; 4]].concat()
}

/// Returns faulty frames: a description of each, the code of the Close that the server sends for it, and its bytes.
fn cases() -> Vec<(&'static str, u16, Vec<u8>)> {
    let split =
        |first: &[u8], second: &[u8]| [encode_as(TEXT, first), encode_as(0x80, second)].concat();
    let mut cases = vec![
        ("a frame without a mask", 1002, vec![0x81, 1, b'x']),
        ("a Ping without a mask", 1002, vec![0x89, 0]),
        ("a Ping of 126 bytes", 1002, encode(PING, &[b'x'; 126])),
        ("a Close of 126 bytes", 1002, encode(CLOSE, &[3; 126])),
        ("a Ping in pieces", 1002, encode_as(PING, b"x")),
        ("a Close in pieces", 1002, encode_as(CLOSE, b"\x03\xE8")),
        (
            "a continuation without a start",
            1002,
            encode_as(0x80, b"x"),
        ),
        (
            "a start within a message",
            1002,
            [encode_as(TEXT, b"x"), encode(TEXT, b"y")].concat(),
        ),
        ("a length of 2^63", 1009, announced(TEXT, 1 << 63)),
        ("a length of 2^64 - 1", 1009, announced(TEXT, u64::MAX)),
        (
            "a length of 2^63 - 1",
            1009,
            announced(BINARY, u64::MAX >> 1),
        ),
        ("a length of 2^32", 1009, announced(TEXT, 1 << 32)),
        (
            "a Ping with a length of 2^63",
            1009,
            announced(PING, 1 << 63),
        ),
        (
            "half a character at the end",
            1007,
            split(b"x", b"\xE2\x82"),
        ),
        (
            "a character that turns invalid in the next frame",
            1007,
            split(b"\xE2\x82", b"x"),
        ),
        (
            "half a surrogate pair over two frames",
            1007,
            split(b"\xED", b"\xA0\x80"),
        ),
        (
            "beyond Unicode over two frames",
            1007,
            split(b"\xF4\x90", b"\x80\x80"),
        ),
        (
            "a reason that is not UTF-8",
            1007,
            encode(CLOSE, b"\x03\xE8\xFF"),
        ),
    ];
    for bits in [0x40, 0x20, 0x10, 0x70] {
        cases.push(("a reserved bit", 1002, encode_as(0x80 | bits | TEXT, b"x")));
        cases.push((
            "a reserved bit of a Ping",
            1002,
            encode_as(0x80 | bits | PING, b""),
        ));
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        cases.push(("a reserved opcode", 1002, encode(opcode, b"x")));
        cases.push((
            "a reserved opcode with no payload",
            1002,
            encode(opcode, b""),
        ));
    }
    cases
}

#[test]
fn faulty_frame_gets_the_right_close_code() {
    assert_withstands(&[], |endpoint| {
        for target in ["/?name=mallory", "/echo"] {
            for (what, code, bytes) in cases() {
                let mut client = endpoint.raw_client(target);
                // If the server handled frames after the faulty one, it would send this text back.
                let after = [&bytes[..], &encode(TEXT, b"never said")].concat();
                client.send_bytes(&after).unwrap();
                let (last, texts) = within_case_limit(what, || read_to_end(&mut client));
                assert_eq!(last, StreamEnd::Close(code), "{what} at {target}");
                let is_said = texts.iter().any(|text| text.contains("never said"));
                assert!(!is_said, "{what} at {target}: {texts:?}");
            }
        }
    });
}

#[test]
fn frame_sent_with_the_handshake_is_read_after_it() {
    assert_withstands(&[], |endpoint| {
        for target in ["/?name=early", "/echo"] {
            let mut client = RawClient::connect(endpoint.address).unwrap();
            client.request_upgrade(target).unwrap();
            client.send_text("early").unwrap();
            client.read_upgrade(TIMEOUT).unwrap();
            while !client.read_text().unwrap().ends_with("early") {}
            client.send_close(1000, "").unwrap();
            assert_eq!(read_to_end(&mut client).0, StreamEnd::Close(1000));
        }
    });
}

#[test]
fn connection_with_half_a_frame_ends_at_the_idle_timeout() {
    assert_withstands(&[], |endpoint| {
        let halves = [
            vec![0x81],
            vec![0x81, 0xFE],
            encode(TEXT, &[b'x'; 1000])[..500].to_vec(),
        ];
        let mut clients = Vec::new();
        for target in ["/", "/echo"] {
            for half in &halves {
                let mut client = endpoint.raw_client(target);
                client.send_bytes(half).unwrap();
                clients.push(client);
            }
        }
        // All clients read at the same time, so that the bystanders' lines cannot fill the socket of any client.
        thread::scope(|scope| {
            for client in &mut clients {
                // A peer that answers no Ping counts as lost and gets no Close.
                let end = || {
                    assert_eq!(
                        within_case_limit("half a frame", || read_to_end(client).0),
                        StreamEnd::End
                    )
                };
                scope.spawn(end);
            }
        });
    });
}

/// The two targets together receive a million fragments.
#[test]
fn message_survives_half_a_million_empty_fragments() {
    assert_withstands(&["--lines-per-second", "0"], |endpoint| {
        for target in ["/?name=mallory", "/echo"] {
            let mut client = endpoint.raw_client(target);
            client.send_bytes(&encode_as(TEXT, b"a")).unwrap();
            let empty = encode_as(0, b"").repeat(1000);
            for _ in 0..500 {
                client.send_bytes(&empty).unwrap();
            }
            client.send_bytes(&encode_as(0x80, b"z")).unwrap();
            while !client.read_text().unwrap().ends_with("az") {}
            client.send_close(1000, "").unwrap();
            assert_eq!(read_to_end(&mut client).0, StreamEnd::Close(1000));
        }
    });
}
