//! What has been seen on a wire, as text for a terminal.

use std::time::Instant;

use blocking_chat::server::observe::trace::show;
use blocking_chat::server::observe::trace::show::{Direction, Show, What};
use blocking_chat::server::observe::trace::stream::{MAX_SHOWN, Seen};

use crate::support::raw_frame::{BINARY, CLOSE, PING, TEXT, encode, encode_as};
use crate::tap::Conversation;

/// So wide is the narrowest terminal.
const COLUMNS: usize = 80;

fn shown(direction: Direction, seen: Seen) -> String {
    let at = Instant::now();
    let show = Show {
        at,
        connection: 1,
        what: What::Seen(direction, seen),
    };
    show.to_text(at, false)
}

/// The line that shows what a client sends once it has its WebSocket.
fn frame_shown(frame: &[u8]) -> String {
    let mut conversation = Conversation::default();
    conversation.received(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
    let [seen] = &conversation.received(frame)[..] else {
        panic!("not one frame: {frame:?}")
    };
    shown(Direction::ToServer, seen.clone())
}

#[track_caller]
fn shows(frame: &[u8], ending: &str) {
    let line = frame_shown(frame);
    assert!(line.ends_with(ending), "{line} does not end with {ending}");
}

#[test]
fn a_short_frame_fits_in_a_narrow_terminal_below_the_names_of_its_columns() {
    let line = frame_shown(&encode(TEXT, b"hello, everyone"));
    assert_eq!(line.chars().count(), COLUMNS);
    let legend = show::legend(false);
    let (arrows, columns) = legend.split_once('\n').unwrap();
    assert!(arrows.chars().count() <= COLUMNS, "{arrows}");
    assert!(columns.chars().count() <= COLUMNS, "{columns}");
    for (name, value) in [
        ("conn", "conn-1"),
        ("opcode", "text"),
        ("FIN", "FIN"),
        ("mask", "mask"),
        ("header", "81 8f"),
        ("payload", "\"hello"),
    ] {
        let column = |line: &str, word| Some(line[..line.find(word)?].chars().count());
        assert!(column(columns, name).is_some(), "{name}");
        assert_eq!(column(columns, name), column(&line, value), "{name}");
    }
}

#[test]
fn the_fields_of_a_head_have_most_of_a_narrow_terminal() {
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    let head = format!("GET / HTTP/1.1\r\n{offer}\r\n\r\n").into_bytes();
    let text = shown(Direction::ToServer, Seen::Head(head));
    assert!(text.lines().all(|line| line.len() <= COLUMNS), "{text}");
}

#[test]
fn as_many_bytes_are_said_to_be_missing_as_are_not_shown() {
    // A character of three bytes is cut after the second.
    assert_eq!(MAX_SHOWN % "€".len(), 2);
    let (whole, all) = (MAX_SHOWN / "€".len(), 100);
    let ending = format!("\"{}\" and {} bytes", "€".repeat(whole), 3 * (all - whole));
    shows(&encode(TEXT, "€".repeat(all).as_bytes()), &ending);
    let close = [&1000_u16.to_be_bytes()[..], &[b'r'; 120]].concat();
    let ending = format!(" 1000 \"{}\" and 42 bytes", "r".repeat(MAX_SHOWN - 2));
    shows(&encode(CLOSE, &close), &ending);
}

#[test]
fn bytes_that_are_no_text_are_shown_as_they_are() {
    // A character that is cut by the end of a fragment, and one that nobody cut.
    shows(&encode_as(TEXT, b"gr\xc3"), r#" "gr\xc3""#);
    shows(&encode(TEXT, "\u{FFFD}".as_bytes()), " \"\u{FFFD}\"");
    shows(&encode(TEXT, b"a\xff\xfeb"), r#" "a\xff\xfeb""#);
    shows(&encode(TEXT, br#"a "\xff""#), r#" "a \"\\xff\"""#);
    shows(&encode(PING, &[0, 255]), r#" "\0\xff""#);
    shows(&encode(CLOSE, &[3]), " 03");
    shows(&encode(BINARY, &[7; 9]), " 07 07 07 07 07 07 07 07 ...");
}

#[test]
fn what_is_no_frame_is_shown_with_what_it_is() {
    for (seen, ending) in [
        (
            // As TLS begins.
            Seen::Unknown(9, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec()),
            "→ 9 bytes, taken for neither HTTP nor a frame  16 03 01 02 00 01 00 01 ...",
        ),
        (
            Seen::Unknown(6, b"hello\n".to_vec()),
            r#"→ 6 bytes, taken for neither HTTP nor a frame  "hello\n""#,
        ),
        (Seen::Lacking(7), "→ the last one lacks 7 bytes"),
    ] {
        let line = shown(Direction::ToServer, seen);
        assert!(line.ends_with(ending), "{line} does not end with {ending}");
    }
    let mut conversation = Conversation::default();
    conversation.received(b"GET /li");
    let [Some(begun), None] = conversation.end() else {
        panic!("{:?}", conversation.end())
    };
    let line = shown(Direction::ToServer, begun);
    let ending = r#"→ HTTP, 7 bytes of a head that did not come whole  "GET /li""#;
    assert!(line.ends_with(ending), "{line}");
}
