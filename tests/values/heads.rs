//! Heads of requests, and the plain answers to those that are not served.

use blocking_chat::server::http::refusal::Refusal;
use blocking_chat::server::http::{Head, MAX_FIELDS, MAX_HEAD};

const REQUEST: &[u8] =
    b"GET /echo?name=anna&x=a?b HTTP/1.1\r\nHost: localhost:9001\r\nConnection: keep-alive, Upgrade\r\n\r\n";

fn parse(head: &str) -> Head {
    Head::parse(head.as_bytes())
        .unwrap()
        .expect("it is whole")
        .0
}

fn refused(head: &str) -> u16 {
    Head::parse(head.as_bytes()).expect_err(head).status
}

#[test]
fn a_head_is_whole_at_its_last_byte_and_not_before() {
    for length in 0..REQUEST.len() {
        assert!(
            Head::parse(&REQUEST[..length]).unwrap().is_none(),
            "{length}"
        );
    }
    let with_more = [REQUEST, b"\x81\x80\0\0\0\0"].concat();
    for bytes in [REQUEST, &with_more] {
        let (head, length) = Head::parse(bytes).unwrap().unwrap();
        assert_eq!(length, REQUEST.len());
        assert_eq!((&*head.method, &*head.path), ("GET", "/echo"));
        assert_eq!(head.query, "name=anna&x=a?b");
        assert!(head.is_http_1_1);
    }
}

#[test]
fn fields_are_found_in_any_case_and_words_in_a_list() {
    let head = parse(
        "GET / HTTP/1.1\r\nhOsT: x\r\nConnection: keep-alive\r\nconnection: , UpGrade\r\n\r\n",
    );
    assert_eq!(head.only("host").unwrap(), Some("x"));
    assert_eq!(head.only("origin").unwrap(), None);
    assert!(head.has_word("connection", "upgrade") && head.has_word("connection", "keep-alive"));
    assert!(!head.has_word("connection", "grade"));
    assert_eq!(head.values("connection").count(), 2);
}

#[test]
fn a_field_that_counts_may_stand_there_only_once() {
    let head = parse("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    assert_eq!(head.only("host").unwrap_err().status, 400);
}

/// A head of exactly so many bytes.
fn of_length(length: usize) -> String {
    let without = "GET / HTTP/1.1\r\nx: \r\n\r\n";
    format!(
        "GET / HTTP/1.1\r\nx: {}\r\n\r\n",
        "y".repeat(length - without.len())
    )
}

#[test]
fn a_head_has_at_most_8_kib() {
    assert_eq!(MAX_HEAD, 8192);
    let longest = of_length(MAX_HEAD);
    assert_eq!(
        Head::parse(longest.as_bytes()).unwrap().unwrap().1,
        MAX_HEAD
    );
    assert_eq!(refused(&of_length(MAX_HEAD + 1)), 431);
    assert_eq!(refused(&of_length(MAX_HEAD + 1)[..MAX_HEAD]), 431);
    assert!(
        Head::parse(&longest.as_bytes()[..MAX_HEAD - 1])
            .unwrap()
            .is_none()
    );
    assert_eq!(refused(&format!("GET /{}", "x".repeat(MAX_HEAD))), 431);
}

#[test]
fn a_head_has_at_most_64_fields() {
    assert_eq!(MAX_FIELDS, 64);
    let with = |fields| format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(fields));
    assert_eq!(parse(&with(64)).values("x").count(), 64);
    assert_eq!(refused(&with(65)), 431);
}

#[test]
fn the_host_of_a_whole_url_counts_instead_of_the_field() {
    let head = parse("GET http://a.local:9001/echo?x HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_eq!(head.only("host").unwrap(), Some("a.local:9001"));
    assert_eq!((&*head.path, &*head.query), ("/echo", "x"));
    let head = parse("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((&*head.path, &*head.query), ("/", ""));
    let head = parse("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    assert_eq!(head.only("host").unwrap_err().status, 400);
    let head = parse("GET http://a/ HTTP/1.1\r\n\r\n");
    assert_eq!(head.only("host").unwrap(), None);
}

#[test]
fn what_is_not_http_1_is_refused() {
    for head in [
        "\0\0\0",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET echo HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03",
    ] {
        assert_eq!(refused(head), 400, "{head:?}");
    }
}

#[test]
fn http_1_0_is_told_apart() {
    assert!(!parse("GET / HTTP/1.0\r\n\r\n").is_http_1_1);
}

#[test]
fn a_body_shows_in_the_head() {
    let has_body = |field| parse(&format!("GET / HTTP/1.1\r\n{field}\r\n\r\n")).has_body();
    assert!(has_body("Content-Length: 1") && has_body("Transfer-Encoding: chunked"));
    assert!(!has_body("Content-Length: 0") && !has_body("Accept: */*"));
}

#[test]
fn an_answer_is_one_plain_sentence_and_ends_the_connection() {
    let refusal = Refusal::new(405, "Only GET is served hére.").with("Allow", "GET");
    let answer = String::from_utf8(refusal.to_bytes()).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "Only GET is served hére.\n");
    assert!(
        head.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"),
        "{head}"
    );
    for field in [
        "Allow: GET",
        "Connection: close",
        &format!("Content-Length: {}", body.len()),
    ] {
        assert!(
            head.split("\r\n").any(|line| line == field),
            "{field}: {head}"
        );
    }
    let to_head = String::from_utf8(refusal.to("HEAD").to_bytes()).unwrap();
    assert_eq!(to_head, format!("{head}\r\n\r\n"));
}
