//! Close frames: codes of every kind, and data after a Close.

use super::attack::{StreamEnd, assert_withstands, read_to_end, within_case_limit};
use crate::support::raw_frame::{CLOSE, PING, TEXT, encode};

/// Returns whether an endpoint may send this code (RFC 6455, section 7.4, and IANA's registry for 1012, 1013 and 1014).
fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[test]
fn close_is_answered_with_its_code_or_1002() {
    let edges = [
        0,
        1,
        999,
        2999,
        3000,
        3999,
        4000,
        4999,
        5000,
        32_768,
        u16::MAX,
    ];
    let registered = 1000..=1020;
    let others = (0..u16::MAX).step_by(997);
    let codes: Vec<u16> = edges.into_iter().chain(registered).chain(others).collect();
    assert_withstands(&[], |endpoint| {
        for target in ["/", "/echo"] {
            for &code in &codes {
                let mut client = endpoint.raw_client(target);
                client.send_close(code, "because").unwrap();
                let expected = if may_be_sent(code) { code } else { 1002 };
                let (last, _) = within_case_limit("a Close", || read_to_end(&mut client));
                assert_eq!(last, StreamEnd::Close(expected), "Close {code} at {target}");
            }
        }
    });
}

#[test]
fn data_after_a_close_is_ignored_and_the_reply_arrives() {
    assert_withstands(&[], |endpoint| {
        for target in ["/?name=mallory", "/echo"] {
            for close in [&b""[..], b"\x03\xE8", b"\x0F\xA0bye"] {
                let mut client = endpoint.raw_client(target);
                let after = [
                    encode(TEXT, b"never said").repeat(1000),
                    encode(PING, b"x").repeat(1000),
                    encode(CLOSE, b"\x03\xE9"),
                    vec![0xFF; 100_000],
                ];
                let bytes = [encode(CLOSE, close), after.concat()].concat();
                client.send_bytes(&bytes).unwrap();
                client.end_sending().unwrap();
                let (last, texts) =
                    within_case_limit("data after a Close", || read_to_end(&mut client));
                let code = close.first_chunk().map(|code| u16::from_be_bytes(*code));
                assert_eq!(
                    last,
                    code.map_or(StreamEnd::BareClose, StreamEnd::Close),
                    "{target}"
                );
                let is_said = texts.iter().any(|text| text.contains("never said"));
                assert!(!is_said, "{target}: {texts:?}");
            }
        }
    });
}
