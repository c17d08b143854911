//! The plain HTTP responses to requests that do not become a WebSocket.

use crate::support::chat::{Chat, LIMIT};
use crate::support::watchdog::within;

pub const UPGRADE: &str = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Returns the status of a response. Checks that the response is complete, has a body of one sentence, and has a
/// Connection field.
#[track_caller]
pub fn status(answer: &str) -> &str {
    let (head, body) = answer.split_once("\r\n\r\n").expect(answer);
    let has = |field: &str| {
        head.split("\r\n")
            .any(|line| line.eq_ignore_ascii_case(field))
    };
    assert!(has(&format!("Content-Length: {}", body.len())), "{answer}");
    assert!(
        head.to_ascii_lowercase().contains("\r\nconnection: "),
        "{answer}"
    );
    assert!(
        body.trim_end().ends_with('.') && body.lines().count() == 1,
        "{answer}"
    );
    head.strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .expect(answer)
}

/// Sends each of these request lines with the fields of an upgrade. Checks that each response has the expected status.
#[track_caller]
fn each_is(expected: &str, request_lines: &[&str]) {
    within(LIMIT, || {
        let chat = Chat::start();
        for line in request_lines {
            let answer = chat.exchange(format!("{line} HTTP/1.1\r\n{UPGRADE}\r\n").as_bytes());
            assert_eq!(status(&answer), expected, "{line}");
        }
    });
}

#[test]
fn unknown_path_is_not_found() {
    each_is(
        "404",
        &[
            "GET /nothing",
            "GET /echo/",
            "GET //",
            "GET /Echo?name=anna",
            "POST /nothing",
        ],
    );
}

#[test]
fn unsupported_method_gets_a_405_with_the_allowed_methods() {
    within(LIMIT, || {
        let chat = Chat::start();
        for method in ["PUT", "DELETE", "options", "get"] {
            let answer =
                chat.exchange(format!("{method} /echo HTTP/1.1\r\n{UPGRADE}\r\n").as_bytes());
            assert_eq!(status(&answer), "405", "{method}");
            assert!(answer.contains("\r\nAllow: GET"), "{answer}");
        }
    });
}

#[test]
fn bytes_that_are_not_http_get_a_400() {
    within(LIMIT, || {
        let chat = Chat::start();
        for bytes in [
            &b"hello\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
            b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03",
            b"\0",
        ] {
            assert_eq!(status(&chat.exchange(bytes)), "400", "{bytes:?}");
        }
    });
}

#[test]
fn unsupported_http_version_gets_a_505() {
    within(LIMIT, || {
        let chat = Chat::start();
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        for request in ["GET / HTTP/2.0\r\n\r\n", preface] {
            assert_eq!(
                status(&chat.exchange(request.as_bytes())),
                "505",
                "{request}"
            );
        }
    });
}

#[test]
fn upgrade_with_a_malformed_parameter_gets_a_400() {
    let too_long = format!("GET /?name={}", "x".repeat(33));
    let long_key = format!("GET /?key={}", "x".repeat(65));
    each_is(
        "400",
        &[
            "GET /?name=two%20words",
            "GET /?name=two+words",
            "GET /?name=a:b",
            "GET /?name=%1B",
            "GET /?name=%FF",
            "GET /?name=*",
            &too_long,
            "GET /?name=anna&name=ben",
            "GET /?since=-1",
            "GET /?since=+1",
            "GET /?since=1.5",
            "GET /?since=x",
            "GET /?since=18446744073709551616",
            "GET /?key=a.b",
            "GET /?key=%C3%A9",
            &long_key,
            "GET /?until=x",
            "GET /?wait=x",
            "GET /?wait=-1",
        ],
    );
}

#[test]
fn response_to_an_overlong_head_arrives() {
    within(LIMIT, || {
        let chat = Chat::start();
        let long = format!("GET / HTTP/1.1\r\n{UPGRADE}x: {}\r\n\r\n", "y".repeat(9000));
        assert_eq!(status(&chat.exchange(long.as_bytes())), "431");
        let target = format!("GET /{} HTTP/1.1\r\n{UPGRADE}\r\n", "x".repeat(9000));
        assert_eq!(status(&chat.exchange(target.as_bytes())), "414");
        let longer = format!("GET / HTTP/1.1\r\n{UPGRADE}x: {}", "y".repeat(100_000));
        assert_eq!(status(&chat.exchange(longer.as_bytes())), "431");
        let many = format!("GET / HTTP/1.1\r\n{UPGRADE}{}\r\n", "x: y\r\n".repeat(100));
        assert_eq!(status(&chat.exchange(many.as_bytes())), "431");
    });
}

#[test]
fn late_head_gets_a_408() {
    within(LIMIT, || {
        let chat = Chat::with(&["--handshake-timeout", "0.2"]);
        for begun in ["", "GET", "GET / HTTP/1.1\r\nHost: localhost\r\n"] {
            assert_eq!(status(&chat.exchange(begun.as_bytes())), "408", "{begun:?}");
        }
    });
}
