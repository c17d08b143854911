//! The lines that `--show-wire` prints for a stream of bytes.

use std::process;

use blocking_chat::base::frame;
use blocking_chat::server::observe::trace::stream::TracedStream;
use blocking_chat::server::observe::trace::text::MAX_SHOWN;

use crate::support::raw_frame::{BINARY, CLOSE, PING, TEXT, encode, encode_as};
use crate::support::resources;

const UPGRADE: &str = "GET /?name=anna HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
const GET: &str = "GET /lines HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The columns for a frame in a terminal of 80 columns. The other 19 show the time, the connection and the arrow.
const FRAME_COLUMNS: usize = 80 - 19;

/// Returns the first line of each text that is shown for these bytes.
fn trace(stream: &mut TracedStream, bytes: impl AsRef<[u8]>) -> Vec<String> {
    let texts = stream.trace(bytes.as_ref());
    let first = |text: &String| text.lines().next().unwrap().to_owned();
    texts.iter().map(first).collect()
}

/// Asserts that the line for a client's frame has this ending.
#[track_caller]
fn assert_ends_with(frame: &[u8], ending: &str) {
    let mut stream = TracedStream::default();
    stream.trace(UPGRADE.as_bytes());
    let [line] = &stream.trace(frame)[..] else {
        panic!("not exactly one line: {frame:?}")
    };
    assert!(line.ends_with(ending), "{line} does not end with {ending}");
}

#[test]
fn pieces_of_any_size_show_the_same_lines() {
    let (short, long) = (encode(TEXT, b"hello"), encode(BINARY, &[7; 300]));
    let up = [UPGRADE.as_bytes(), &short, &long, &short].concat();
    let line = frame::text("1 anna: hello");
    let down = [SWITCHING.as_bytes(), &line, &frame::close(1000, "")].concat();
    for bytes in [up, down] {
        let expected = TracedStream::default().trace(&bytes);
        assert!(expected.len() >= 3, "{expected:?}");
        for length in 1..bytes.len() {
            let mut stream = TracedStream::default();
            let pieces = bytes.chunks(length);
            let texts: Vec<String> = pieces.flat_map(|piece| stream.trace(piece)).collect();
            assert_eq!(texts, expected, "in pieces of {length}");
            assert_eq!(stream.length(), bytes.len() as u64);
        }
    }
}

#[test]
fn body_is_separated_from_the_next_head() {
    let head = |head: &str| format!("HTTP, a head of {} bytes", head.len());
    for text in ["hello", "HTTP/1.1 200 OK"] {
        let length = text.len();
        let post = format!("POST /lines?name=anna HTTP/1.1\r\nContent-Length: {length}\r\n\r\n");
        let requests = format!("{post}{text}{GET}");
        let body = format!("HTTP, a body of {length} bytes  {text:?}");
        let expected = [head(&post), body, head(GET)];
        assert_eq!(trace(&mut TracedStream::default(), requests), expected);
    }
    let send_from = "HTTP/1.1 100 Continue\r\n\r\n";
    let created = "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\n";
    // The first 201 has no body, as in a response to a HEAD.
    let responses = format!("{send_from}{created}{created}abc");
    let body = "HTTP, a body of 3 bytes  \"abc\"".to_owned();
    let expected = [head(send_from), head(created), head(created), body];
    assert_eq!(trace(&mut TracedStream::default(), responses), expected);
}

#[test]
fn another_request_may_follow_an_ignored_upgrade() {
    let expected = [UPGRADE, GET].map(|head| format!("HTTP, a head of {} bytes", head.len()));
    let requests = format!("{UPGRADE}{GET}");
    assert_eq!(trace(&mut TracedStream::default(), requests), expected);
}

#[test]
fn bytes_that_were_shown_are_not_kept() {
    let block = frame::text(&"x".repeat(1000)).repeat(1000);
    let before = resources::resident(process::id());
    let streams = [(); 200].map(|()| {
        let mut stream = TracedStream::default();
        stream.trace(SWITCHING.as_bytes());
        stream.trace(&block);
        stream
    });
    let kept = resources::resident(process::id()).saturating_sub(before);
    let sent = streams.len() * block.len();
    assert!(kept < sent / 2, "{kept} bytes of {sent}");
}

#[test]
fn chunked_body_is_shown_and_the_next_head_follows() {
    let head = "POST /lines?name=anna HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let all = [head, "5\r\nhello\r\n6;x=1\r\n, anna\r\n0\r\n\r\n", GET].concat();
    let mut whole = TracedStream::default();
    let texts = trace(&mut whole, &all);
    assert!(
        texts[0].starts_with("HTTP, a head of 62 bytes"),
        "{texts:?}"
    );
    assert_eq!(
        texts[1],
        "HTTP, a chunked body of 11 bytes  \"hello, anna\""
    );
    assert!(texts[2].starts_with("HTTP, a head of "), "{texts:?}");
    let mut pieces = TracedStream::default();
    let shown: Vec<_> = all
        .bytes()
        .flat_map(|byte| trace(&mut pieces, [byte]))
        .collect();
    assert_eq!(shown, texts);
    let mut invalid = TracedStream::default();
    let texts = trace(&mut invalid, [head, "not a size\r\n"].concat());
    assert!(texts[1].contains("neither HTTP nor a frame"), "{texts:?}");
}

#[test]
fn at_most_8_bytes_that_cannot_be_parsed_are_shown() {
    for (bytes, text) in [
        (
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..],
            r#"9 bytes that are neither HTTP nor a frame  "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}" and 1 byte"#,
        ),
        (
            &[b'x'; 9000],
            "9000 bytes that are neither HTTP nor a frame  \"xxxxxxxx\" and 8992 bytes",
        ),
    ] {
        let mut stream = TracedStream::default();
        assert_eq!(trace(&mut stream, bytes), [text]);
        assert_eq!(trace(&mut stream, "5\r\nhello\r\n0\r\n\r\n"), [""; 0]);
        assert_eq!(trace(&mut stream, GET), [""; 0]);
        assert_eq!(stream.length(), (bytes.len() + 15 + GET.len()) as u64);
    }
}

#[test]
fn frame_and_head_fit_in_80_columns() {
    let mut stream = TracedStream::default();
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    let head = format!("GET / HTTP/1.1\r\nUpgrade: websocket\r\n{offer}\r\n\r\n");
    let texts = stream.trace(head.as_bytes());
    assert!(texts[0].lines().all(|line| line.len() <= 80), "{texts:?}");
    let [line] = &trace(&mut stream, encode(TEXT, b"hello, everyone"))[..] else {
        panic!("not exactly one line")
    };
    assert_eq!(line.chars().count(), FRAME_COLUMNS);
}

#[test]
fn shortened_line_counts_the_omitted_bytes() {
    // The limit cuts a three-byte character after its second byte.
    assert_eq!(MAX_SHOWN % "€".len(), 2);
    let (whole, all) = (MAX_SHOWN / "€".len(), 100);
    let ending = format!("\"{}\" and {} bytes", "€".repeat(whole), 3 * (all - whole));
    assert_ends_with(&encode(TEXT, "€".repeat(all).as_bytes()), &ending);
    let close = [&1000_u16.to_be_bytes()[..], &[b'r'; 120]].concat();
    let ending = format!(" 1000 \"{}\" and 42 bytes", "r".repeat(MAX_SHOWN - 2));
    assert_ends_with(&encode(CLOSE, &close), &ending);
    assert_ends_with(&encode(TEXT, &[b'x'; MAX_SHOWN + 1]), "x\" and 1 byte");
}

#[test]
fn bytes_that_are_not_text_are_escaped() {
    // A fragment may end within a character. The cut character is escaped, but a U+FFFD that was sent is not.
    assert_ends_with(&encode_as(TEXT, b"gr\xc3"), r#" "gr\xc3""#);
    assert_ends_with(&encode(TEXT, "\u{FFFD}".as_bytes()), " \"\u{FFFD}\"");
    assert_ends_with(&encode(TEXT, b"a\xff\xfeb"), r#" "a\xff\xfeb""#);
    assert_ends_with(&encode(TEXT, br#"a "\xff""#), r#" "a \"\\xff\"""#);
    assert_ends_with(&encode(PING, &[0, 255]), r#" "\0\xff""#);
    assert_ends_with(&encode(CLOSE, &[3, 232]), " 1000");
    assert_ends_with(&encode(CLOSE, &[3]), " \"\\u{3}\"");
    assert_ends_with(&encode(BINARY, &[7; 9]), " 07 07 07 07 07 07 07 07");
}

#[test]
fn head_is_shown_without_secrets() {
    let secret = "s3cret-K_ey";
    for (target, shown) in [
        ("/?name=anna&key=KEY", "/?name=anna&key=…"),
        ("/?key=KEY&since=4", "/?key=…&since=4"),
        ("/echo?k%65y=KEY&name=anna", "/echo?key=…&name=anna"),
        ("http://localhost/?key=KEY", "http://localhost/?key=…"),
        ("/?monkey=1&key=&keys=2", "/?monkey=1&key=&keys=2"),
    ] {
        let target = target.replace("KEY", secret);
        let head = format!(
            "GET {target} HTTP/1.1\r\nReferer: http://localhost{target}\r\nAUTHORIZATION: Basic {secret}\r\n\
             Cookie: session={secret}\r\nSec-WebSocket-Key: AAAA==\r\n\r\n"
        );
        let mut stream = TracedStream::default();
        let texts = stream.trace(head.as_bytes());
        let lines: Vec<&str> = texts[0].lines().map(str::trim).collect();
        let expected = [
            format!("HTTP, a head of {} bytes", head.len()),
            format!("GET {shown} HTTP/1.1"),
            format!("Referer: http://localhost{shown}"),
            "AUTHORIZATION: …".to_owned(),
            "Cookie: …".to_owned(),
            "Sec-WebSocket-Key: AAAA==".to_owned(),
        ];
        assert_eq!(lines, expected);
        assert_eq!(stream.length(), head.len() as u64);
    }
}

#[test]
fn incomplete_or_invalid_head_is_shown_without_secrets() {
    let fields = "Authorization: s3cret\r\nCookie: s3cret\r\n";
    let head = format!("GET /?key=s3cret HTTP/1.1\r\n{fields}");
    let partial = "\"GET /?ke\" and ";
    for length in "GET /?key=s".len()..=head.len() {
        let mut stream = TracedStream::default();
        assert_eq!(trace(&mut stream, &head[..length]), [""; 0]);
        // This byte makes the head invalid. The bytes after it may also contain a secret.
        let shown = trace(&mut stream, format!("\0{head}"));
        let [text] = &shown[..] else {
            panic!("not exactly one text: {shown:?}")
        };
        assert!(text.contains(partial) && !text.contains("s3"), "{text}");
        assert_eq!(trace(&mut stream, &head[length..]), [""; 0]);
    }
    let wrong = format!("{head}a field without a colon\r\n\r\n");
    let [shown] = &trace(&mut TracedStream::default(), &wrong)[..] else {
        panic!("not exactly one text")
    };
    assert!(shown.contains(partial), "{shown}");
}
