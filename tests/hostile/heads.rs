//! HTTP heads and bodies that are too long, malformed, ambiguous, or of another protocol.

use super::attack::{assert_withstands, exchange, within_case_limit};
use crate::support::chat::Endpoint;

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Returns a handshake request without a `Sec-WebSocket-Key`, unless `fields` contains one.
fn handshake(target: &str, fields: &str) -> Vec<u8> {
    format!(
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\n{fields}\r\n"
    )
    .into_bytes()
}

/// Returns a POST request with this body, and with these header fields, which describe the body.
fn posted(fields: &str, body: &str) -> Vec<u8> {
    format!("POST /lines?name=mallory HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n{body}")
        .into_bytes()
}

/// Returns the status of each HTTP response in `answers`.
fn statuses(answers: &str) -> Vec<u16> {
    let answers = answers.split("HTTP/1.1 ").skip(1);
    // A body may contain `HTTP/1.1` too, but no status follows it.
    let statuses = answers.filter_map(|answer| answer.get(..3)?.parse().ok());
    statuses.collect()
}

/// Checks that the bytes of each case get one response, with the expected status, before the connection ends. Checks
/// that no line by `mallory` is in the room afterward.
#[track_caller]
fn assert_statuses(cases: &[(&str, u16, Vec<u8>)]) {
    assert_withstands(&[], |endpoint| {
        for (what, status, bytes) in cases {
            let answer = within_case_limit(what, || exchange(endpoint, bytes));
            assert_eq!(statuses(&answer), [*status], "{what}: {answer}");
            let sentence = answer.split_once("\r\n\r\n").unwrap().1;
            assert!(sentence.ends_with(".\n"), "{what}: {answer}");
        }
        assert!(
            !room_lines(endpoint).contains("mallory"),
            "{}",
            room_lines(endpoint)
        );
    });
}

/// Requests all lines of the room. Returns the whole response: its head and the lines.
fn room_lines(endpoint: &Endpoint) -> String {
    exchange(
        endpoint,
        b"GET /lines HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
}

#[test]
fn overlong_head_is_refused() {
    let long = "x".repeat(100 * 1024);
    let many: String = (0..200).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let cases: Vec<_> = ["/", "/echo"]
        .into_iter()
        .flat_map(|target| {
            let field = handshake(target, &format!("{KEY}X: {long}\r\n"));
            let name = handshake(target, &format!("{KEY}{long}: x\r\n"));
            let many = handshake(target, &format!("{KEY}{many}"));
            let url = handshake(&format!("{target}?name={long}"), KEY);
            [
                ("a field of 100 KiB", 431, field),
                ("a field whose name has 100 KiB", 431, name),
                ("200 fields", 431, many),
                ("a target of 100 KiB", 414, url),
            ]
        })
        .collect();
    assert_statuses(&cases);
}

#[test]
fn malformed_head_is_refused() {
    let fields = [
        ("a NUL in a value", "X: a\0b\r\n"),
        ("a NUL in a name", "X\0: a\r\n"),
        ("a bare CR in a value", "X: a\rY: b\r\n"),
        ("a space before the colon", "X : a\r\n"),
        ("a tab before the colon", "X\t: a\r\n"),
        ("a folded line", "X: a\r\n b\r\n"),
        ("a line folded with a tab", "X: a\r\n\tb\r\n"),
        ("a field without a colon", "X\r\n"),
        ("a field without a name", ": x\r\n"),
        ("another Host", "Host: localhost\r\n"),
        ("a control character in a value", "X: a\x01b\r\n"),
        ("a DEL in a value", "X: a\x7Fb\r\n"),
    ];
    let cases: Vec<_> = ["/", "/echo"]
        .into_iter()
        .flat_map(|target| {
            fields.map(|(what, field)| (what, 400, handshake(target, &format!("{KEY}{field}"))))
        })
        .collect();
    assert_statuses(&cases);
}

#[test]
fn body_with_ambiguous_length_smuggles_no_request() {
    let smuggled = "0\r\n\r\nPOST /lines?name=mallory HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx";
    let length = smuggled.len();
    let both = format!("Content-Length: {length}\r\nTransfer-Encoding: chunked");
    let turned = format!("Transfer-Encoding: chunked\r\nContent-Length: {length}");
    let cases: Vec<_> = [
        ("CL.TE", 400, both),
        ("TE.CL", 400, turned),
        (
            "two lengths",
            400,
            "Content-Length: 1\r\nContent-Length: 5".to_owned(),
        ),
        (
            "the same length twice",
            400,
            format!("Content-Length: {length}\r\nContent-Length: {length}"),
        ),
        ("a list of lengths", 400, "Content-Length: 5, 6".to_owned()),
        ("a length with a sign", 400, "Content-Length: +5".to_owned()),
        (
            "a length in hexadecimal digits",
            400,
            "Content-Length: 0x5".to_owned(),
        ),
        (
            "a length of 40 digits",
            400,
            format!("Content-Length: {}", "9".repeat(40)),
        ),
        (
            "an unknown coding whose name contains chunked",
            400,
            "Transfer-Encoding: xchunked".to_owned(),
        ),
        (
            "chunks twice",
            400,
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked".to_owned(),
        ),
        (
            "chunks twice in a list",
            400,
            "Transfer-Encoding: chunked, chunked".to_owned(),
        ),
        (
            "chunks and then another coding",
            400,
            "Transfer-Encoding: chunked, identity".to_owned(),
        ),
        (
            "chunks after a vertical tab",
            400,
            "Transfer-Encoding: \x0Bchunked".to_owned(),
        ),
        (
            "a space before the colon",
            400,
            "Transfer-Encoding : chunked".to_owned(),
        ),
        (
            "a field on two lines",
            400,
            "Transfer-Encoding:\r\n chunked".to_owned(),
        ),
    ]
    .into_iter()
    .map(|(what, status, fields)| (what, status, posted(&fields, smuggled)))
    .collect();
    assert_statuses(&cases);
}

#[test]
fn malformed_or_oversized_chunks_are_refused() {
    let chunked = |body: &str| posted("Transfer-Encoding: chunked", body);
    assert_statuses(&[
        ("a size of 16 digits", 413, chunked("FFFFFFFFFFFFFFFF\r\nx")),
        (
            "a size of 17 digits",
            400,
            chunked("FFFFFFFFFFFFFFFFF\r\nx"),
        ),
        ("a size beyond the limit", 413, chunked("4001\r\n")),
        ("a size with a sign", 400, chunked("-1\r\nx\r\n0\r\n\r\n")),
        (
            "a size with a prefix",
            400,
            chunked("0x1\r\nx\r\n0\r\n\r\n"),
        ),
        ("a size with spaces", 400, chunked(" 1\r\nx\r\n0\r\n\r\n")),
        ("a size without digits", 400, chunked("\r\nx\r\n0\r\n\r\n")),
        ("a bare LF after a size", 400, chunked("1\nx\r\n0\r\n\r\n")),
        (
            "no line end after a chunk",
            400,
            chunked("1\r\nxy\r\n0\r\n\r\n"),
        ),
        (
            "an extension of 100 KiB",
            400,
            chunked(&format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(100 << 10))),
        ),
        (
            "a line end in an extension",
            400,
            chunked("1;a\nb\r\nx\r\n0\r\n\r\n"),
        ),
        (
            "trailers of 100 KiB",
            431,
            chunked(&format!(
                "1\r\nx\r\n0\r\nT: {}\r\n\r\n",
                "t".repeat(100 << 10)
            )),
        ),
    ]);
}

#[test]
fn another_protocol_is_refused() {
    let hello = b"\x16\x03\x01\x00\xA5\x01\x00\x00\xA1\x03\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n";
    assert_statuses(&[
        ("a TLS ClientHello", 400, hello.to_vec()),
        (
            "the preface of HTTP/2",
            505,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        ),
        ("HTTP/0.9", 400, b"GET /\r\n\r\n".to_vec()),
        ("SSH", 400, b"SSH-2.0-x\r\n\r\n".to_vec()),
        ("SMTP", 400, b"EHLO x\r\n\r\n".to_vec()),
        ("bytes that are not text", 400, vec![0xFF; 4096]),
        ("NULs", 400, vec![0; 4096]),
        ("a handshake over HTTP/1.0", 400, {
            let request = String::from_utf8(handshake("/", KEY)).unwrap();
            request.replace("HTTP/1.1", "HTTP/1.0").into_bytes()
        }),
    ]);
}

#[test]
fn invalid_websocket_key_is_refused() {
    let cases: Vec<_> = ["/", "/echo"]
        .into_iter()
        .flat_map(|target| {
            [
                ("no key", String::new()),
                ("two keys", KEY.repeat(2)),
                ("a short key", KEY.replace("dGhl", "")),
                ("a long key", KEY.replace("dGhl", "dGhldGhl")),
                ("a key that is not base64", KEY.replace("dGhl", "d!hl")),
                ("an empty key", "Sec-WebSocket-Key:\r\n".to_owned()),
            ]
            .map(|(what, key)| (what, 400, handshake(target, &key)))
        })
        .collect();
    assert_statuses(&cases);
}

/// The page's Content-Security-Policy contains the Host, so a Host must not be able to extend the policy.
#[test]
fn invalid_host_gets_no_page() {
    let hosts = [
        "a;sandbox",
        "a,b",
        "a'b",
        "a b",
        "a\tb",
        "a\"b",
        "a@b",
        "a/b",
        "a:1:2",
        "[::1",
        "*",
        "",
    ];
    let cases: Vec<_> = hosts
        .into_iter()
        .map(|host| {
            let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
            (host, 400, request.into_bytes())
        })
        .collect();
    assert_statuses(&cases);
}
