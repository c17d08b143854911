//! The lines that `--show-wire` prints for a stream of bytes.

use std::process;

use blocking_chat::base::frame;
use blocking_chat::server::observe::trace::direction::Direction;
use blocking_chat::server::observe::trace::stream::TracedStream;
use blocking_chat::server::observe::trace::text::{MAX_SHOWN, for_output};

use crate::support::raw_frame::{BINARY, CLOSE, PING, TEXT, encode, encode_as};
use crate::support::resources;

const UPGRADE: &str = "GET /?name=anna HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
const GET: &str = "GET /lines HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The width of the narrowest terminal, minus the columns for the time and the connection.
const COLUMNS: usize = 80 - 17;

fn to_server() -> TracedStream {
    TracedStream::new(Direction::ToServer)
}

fn to_client() -> TracedStream {
    TracedStream::new(Direction::ToClient)
}

/// Returns the texts that are shown for these bytes, without colors.
fn texts(stream: &mut TracedStream, bytes: &[u8]) -> Vec<String> {
    let texts = stream.trace(bytes).into_iter();
    texts.map(|text| for_output(text, false)).collect()
}

/// Returns the text for incomplete data at the end, without colors.
fn rest(stream: &TracedStream) -> Option<String> {
    stream.rest().map(|text| for_output(text, false))
}

/// Returns the first line of each text that is shown for these bytes.
fn trace(stream: &mut TracedStream, bytes: impl AsRef<[u8]>) -> Vec<String> {
    let texts = texts(stream, bytes.as_ref());
    let first = |text: &String| text.lines().next().unwrap().to_owned();
    texts.iter().map(first).collect()
}

/// Asserts that the line for a client's frame has this ending.
#[track_caller]
fn shows(frame: &[u8], ending: &str) {
    let mut stream = to_server();
    stream.trace(UPGRADE.as_bytes());
    let [line] = &texts(&mut stream, frame)[..] else {
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
    for (new, bytes) in [(to_server as fn() -> TracedStream, up), (to_client, down)] {
        let expected = new().trace(&bytes);
        assert!(expected.len() >= 3, "{expected:?}");
        for length in 1..bytes.len() {
            let mut stream = new();
            let pieces = bytes.chunks(length);
            let texts: Vec<String> = pieces.flat_map(|piece| stream.trace(piece)).collect();
            assert_eq!(texts, expected, "in pieces of {length}");
            assert_eq!(stream.length(), bytes.len() as u64);
        }
    }
}

#[test]
fn end_of_a_body_is_found_before_the_next_head() {
    let post = "POST /lines?name=anna HTTP/1.1\r\nContent-Length: 5\r\n\r\n";
    let chunked = "POST /lines?name=anna HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let requests = format!("{post}hello{chunked}3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\n{GET}");
    let heads = [post, chunked, GET].map(|head| format!("→ HTTP, a head of {} bytes", head.len()));
    let body = "→ HTTP, a body of 5 bytes  \"hello\"".to_owned();
    let [first, second, third] = heads;
    let expected = [first, body.clone(), second, body, third];
    assert_eq!(trace(&mut to_server(), requests), expected);
    let send_from = "HTTP/1.1 100 Continue\r\n\r\n";
    let created = "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\n";
    // The first 201 answers a HEAD, so it has no body.
    let responses = format!("{send_from}{created}{created}abc");
    let [send_from, created] =
        [send_from, created].map(|head| format!("← HTTP, a head of {} bytes", head.len()));
    let body = "← HTTP, a body of 3 bytes  \"abc\"".to_owned();
    let expected = [send_from, created.clone(), created, body];
    assert_eq!(trace(&mut to_client(), responses), expected);
}

#[test]
fn another_request_may_follow_an_ignored_upgrade() {
    let expected = [UPGRADE, GET].map(|head| format!("→ HTTP, a head of {} bytes", head.len()));
    let requests = format!("{UPGRADE}{GET}");
    assert_eq!(trace(&mut to_server(), requests), expected);
}

#[test]
fn bytes_that_were_shown_are_not_kept() {
    let block = frame::text(&"x".repeat(1000)).repeat(1000);
    let before = resources::resident(process::id());
    let streams = [(); 200].map(|()| {
        let mut stream = to_client();
        stream.trace(SWITCHING.as_bytes());
        stream.trace(&block);
        stream
    });
    let kept = resources::resident(process::id()).saturating_sub(before);
    let sent = streams.len() * block.len();
    assert!(kept < sent / 2, "{kept} bytes of {sent}");
}

#[test]
fn incomplete_data_is_shown_at_the_end() {
    let rest_of = |mut stream: TracedStream, bytes: &[u8]| {
        stream.trace(bytes);
        rest(&stream).unwrap()
    };
    assert_eq!(rest(&to_server()), None);
    let head = "→ 9 bytes that are incomplete  \"GET /line\"";
    assert_eq!(rest_of(to_server(), &GET.as_bytes()[..9]), head);
    let begun = [UPGRADE.as_bytes(), &encode(TEXT, b"hello")[..8]].concat();
    let frame = "→ 8 bytes that are incomplete  81 85 00 00 00 00 68 65";
    assert_eq!(rest_of(to_server(), &begun), frame);
    let text = &frame::text(&"x".repeat(100))[..100];
    let begun = [SWITCHING.as_bytes(), text].concat();
    let lacking = "← 2 bytes of the last frame or body did not arrive";
    assert_eq!(rest_of(to_client(), &begun), lacking);
}

#[test]
fn bytes_that_are_not_http_are_counted_but_not_kept() {
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..], &[b'x'; 9000]] {
        let mut stream = to_server();
        let text = match bytes[0] {
            b'x' => format!("\"{}\" and 8920 bytes", "x".repeat(MAX_SHOWN)),
            _ => "16 03 01 02 00 01 00 01 ...".to_owned(),
        };
        let length = bytes.len();
        let line = format!("→ {length} bytes that are neither HTTP nor a frame  {text}");
        assert_eq!(trace(&mut stream, bytes), [line]);
        let line = "→ 18 bytes that are neither HTTP nor a frame  \"GET / HTTP/1.1\\r\\n\\r\\n\"";
        assert_eq!(trace(&mut stream, "GET / HTTP/1.1\r\n\r\n"), [line]);
        assert_eq!(rest(&stream), None);
    }
    let too_long = format!("4001\r\n{}", "x".repeat(0x4001));
    let head = "POST /lines HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let lines = trace(&mut to_server(), format!("{head}{too_long}"));
    assert!(
        lines[1].contains(" that are neither HTTP nor a frame "),
        "{lines:?}"
    );
}

#[test]
fn frame_and_head_fit_in_a_narrow_terminal() {
    let mut stream = to_server();
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    let head = format!("GET / HTTP/1.1\r\nUpgrade: websocket\r\n{offer}\r\n\r\n");
    let texts = texts(&mut stream, head.as_bytes());
    assert!(texts[0].lines().all(|line| line.len() <= 80), "{texts:?}");
    let [line] = &trace(&mut stream, encode(TEXT, b"hello, everyone"))[..] else {
        panic!("not exactly one line")
    };
    assert_eq!(line.chars().count(), COLUMNS);
}

#[test]
fn shortened_line_counts_the_omitted_bytes() {
    // The limit cuts a three-byte character after its second byte.
    assert_eq!(MAX_SHOWN % "€".len(), 2);
    let (whole, all) = (MAX_SHOWN / "€".len(), 100);
    let ending = format!("\"{}\" and {} bytes", "€".repeat(whole), 3 * (all - whole));
    shows(&encode(TEXT, "€".repeat(all).as_bytes()), &ending);
    let close = [&1000_u16.to_be_bytes()[..], &[b'r'; 120]].concat();
    let ending = format!(" 1000 \"{}\" and 42 bytes", "r".repeat(MAX_SHOWN - 2));
    shows(&encode(CLOSE, &close), &ending);
}

#[test]
fn bytes_that_are_not_text_are_escaped() {
    // The first character is cut by the end of a fragment, and the second is complete.
    shows(&encode_as(TEXT, b"gr\xc3"), r#" "gr\xc3""#);
    shows(&encode(TEXT, "\u{FFFD}".as_bytes()), " \"\u{FFFD}\"");
    shows(&encode(TEXT, b"a\xff\xfeb"), r#" "a\xff\xfeb""#);
    shows(&encode(TEXT, br#"a "\xff""#), r#" "a \"\\xff\"""#);
    shows(&encode(PING, &[0, 255]), r#" "\0\xff""#);
    shows(&encode(CLOSE, &[3]), " 03");
    shows(&encode(BINARY, &[7; 9]), " 07 07 07 07 07 07 07 07 ...");
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
        let mut stream = to_server();
        let texts = texts(&mut stream, head.as_bytes());
        let lines: Vec<&str> = texts[0].lines().map(str::trim).collect();
        let expected = [
            format!("→ HTTP, a head of {} bytes", head.len()),
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
fn incomplete_or_invalid_head_is_shown_without_its_key() {
    let head = "GET /?name=anna&key=s3cret HTTP/1.1\r\nHost: localhost\r\n";
    for length in "GET /?name=anna&key=s".len()..=head.len() {
        let mut stream = to_server();
        assert_eq!(trace(&mut stream, &head[..length]), [""; 0]);
        let shown = rest(&stream).unwrap();
        assert!(
            shown.starts_with(&format!("→ {length} bytes that are incomplete  ")),
            "{shown}"
        );
        assert!(shown.contains("&key=…"), "{shown}");
        assert!(!shown.contains("s3"), "{shown}");
    }
    let wrong = format!("{head}a field without a colon\r\n\r\n");
    let [shown] = &trace(&mut to_server(), &wrong)[..] else {
        panic!("not exactly one text")
    };
    let shown_head = r#""GET /?name=anna&key=… HTTP/1.1\r\nHost: localhost"#;
    assert!(shown.contains(shown_head), "{shown}");
}
