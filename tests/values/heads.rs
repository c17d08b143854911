//! Requests: their heads and bodies, and the responses to refused requests.

use std::time::{Duration, SystemTime};

use blocking_chat::server::http::body::Body;
use blocking_chat::server::http::error_response::ErrorResponse;
use blocking_chat::server::http::forwarded::client_address;
use blocking_chat::server::http::head::{Head, MAX_FIELDS, MAX_HEAD};
use blocking_chat::server::http::query::Query;
use blocking_chat::server::http::request_line::empty_lines;
use blocking_chat::server::http::response::date;

const REQUEST: &[u8] =
    b"GET /echo?name=anna&x=a?b HTTP/1.1\r\nHost: localhost:9001\r\nConnection: keep-alive, Upgrade\r\n\r\n";

fn parse(head: &str) -> Head {
    Head::parse(head.as_bytes())
        .unwrap()
        .expect("the head is incomplete")
        .0
}

fn refused(head: &str) -> u16 {
    Head::parse(head.as_bytes()).expect_err(head).status
}

#[test]
fn head_is_incomplete_until_its_last_byte() {
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
fn field_names_and_listed_words_match_in_any_case() {
    let head = parse(
        "GET / HTTP/1.1\r\nhOsT: x\r\nConnection: keep-alive\r\nconnection: , UpGrade\r\n\r\n",
    );
    assert_eq!(head.only("host").unwrap(), Some("x"));
    assert_eq!(head.only("origin").unwrap(), None);
    assert!(
        head.has_list_item("connection", "upgrade")
            && head.has_list_item("connection", "keep-alive")
    );
    assert!(!head.has_list_item("connection", "grade"));
    assert_eq!(head.values("connection").count(), 2);
}

#[test]
fn repeated_host_is_refused() {
    let head = parse("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    assert_eq!(head.only("host").unwrap_err().status, 400);
}

/// Returns a head of exactly this many bytes.
fn of_length(length: usize) -> String {
    let without = "GET / HTTP/1.1\r\nx: \r\n\r\n";
    format!(
        "GET / HTTP/1.1\r\nx: {}\r\n\r\n",
        "y".repeat(length - without.len())
    )
}

#[test]
fn head_is_limited_to_8_kib() {
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
}

#[test]
fn overlong_target_gets_414() {
    let fitting = MAX_HEAD - "GET / HTTP/1.1\r\n\r\n".len();
    let with_target = |length| format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(length));
    assert_eq!(parse(&with_target(fitting)).path.len(), fitting + 1);
    // Here the request line fits, but the rest of the head does not.
    assert_eq!(refused(&with_target(fitting + 1)), 431);
    for head in [with_target(9000), "\r\n".to_owned() + &with_target(9000)] {
        for length in MAX_HEAD..=head.len() {
            assert_eq!(refused(&head[..length]), 414, "{length}");
        }
        assert!(
            Head::parse(&head.as_bytes()[..MAX_HEAD - 1])
                .unwrap()
                .is_none()
        );
    }
    assert_eq!(refused(&"x".repeat(MAX_HEAD)), 431);
    assert_eq!(refused(&of_length(9000)), 431);
}

#[test]
fn any_http_1_version_works_and_other_major_versions_get_505() {
    for minor in 2..=9 {
        let head = format!("GET /a HTTP/1.{minor}\r\nHost: x\r\n\r\n");
        for length in 0..head.len() {
            let begun = Head::parse(&head.as_bytes()[..length]).unwrap();
            assert!(begun.is_none(), "{length}");
        }
        let (parsed, length) = Head::parse((head.clone() + "more").as_bytes())
            .unwrap()
            .unwrap();
        assert_eq!((&*parsed.path, length), ("/a", head.len()));
        assert!(parsed.is_http_1_1 && parsed.persists());
    }
    assert!(!parse("GET / HTTP/1.0\r\n\r\n").is_http_1_1);
    for version in ["2.0", "3.0", "0.9", "9.9"] {
        let head = format!("\r\nGET / HTTP/{version}\r\nHost: x\r\n\r\n");
        assert_eq!(refused(&head), 505, "{version}");
    }
    for version in [
        "HTTP/1",
        "HTTP/1.",
        "HTTP/1.12",
        "HTTP/x.1",
        "HTTP/2",
        "http/1.1",
        "FTP/1.1",
        "",
    ] {
        let head = format!("GET / {version}\r\nHost: x\r\n\r\n");
        assert_eq!(refused(&head), 400, "{version}");
    }
}

#[test]
fn head_has_at_most_64_fields() {
    assert_eq!(MAX_FIELDS, 64);
    let with = |fields| format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(fields));
    assert_eq!(parse(&with(64)).values("x").count(), 64);
    assert_eq!(refused(&with(65)), 431);
}

#[test]
fn host_of_an_absolute_url_overrides_the_host_field() {
    let head = parse("GET http://a.local:9001/echo?x HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_eq!(head.only("host").unwrap(), Some("a.local:9001"));
    assert_eq!((&*head.path, &*head.query), ("/echo", "x"));
    let head = parse("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((&*head.path, &*head.query), ("/", ""));
    let head = parse("GET HTTP://a?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((&*head.path, &*head.query), ("/", "x=1"));
    let head = parse("GET http://a?x=/b HTTP/1.1\r\nHost: b\r\n\r\n");
    assert_eq!((&*head.path, &*head.query), ("/", "x=/b"));
    assert_eq!(head.only("host").unwrap(), Some("a"));
    let head = parse("GET http://a/ HTTP/1.0\r\n\r\n");
    assert_eq!(head.only("host").unwrap(), Some("a"));
    let head = parse("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    assert_eq!(head.only("host").unwrap_err().status, 400);
    let head = parse("GET http://a/ HTTP/1.1\r\n\r\n");
    assert_eq!(head.only("host").unwrap(), None);
}

#[test]
fn malformed_head_or_unsupported_target_gets_400() {
    for head in [
        "\0\0\0",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "OPTIONS *x HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS *?x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET ?x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET https://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET x://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET echo HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03",
    ] {
        assert_eq!(refused(head), 400, "{head:?}");
    }
}

#[test]
fn head_shows_whether_a_body_follows() {
    let has_body = |field| parse(&format!("GET / HTTP/1.1\r\n{field}\r\n\r\n")).has_body();
    assert!(has_body("Content-Length: 1") && has_body("Transfer-Encoding: chunked"));
    assert!(!has_body("Content-Length: 0") && !has_body("Accept: */*"));
}

#[test]
fn error_response_is_one_sentence_and_closes_the_connection() {
    let refusal = ErrorResponse::new(405, "Only GET is served hére.").with("Allow", "GET");
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
    // The two heads can differ only in the date, whose length is fixed.
    assert!(to_head.len() == head.len() + 4 && to_head.ends_with("\r\n\r\n"));
}

#[test]
fn response_has_a_date_if_the_clock_is_plausible() {
    let at = |seconds: u64| date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    assert_eq!(at(0), "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
    // The example in RFC 9110, section 5.6.7.
    assert_eq!(at(784_111_777), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    assert_eq!(
        at(253_402_300_799),
        "Date: Fri, 31 Dec 9999 23:59:59 GMT\r\n"
    );
    assert_eq!(at(253_402_300_800), "");
    assert_eq!(date(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), "");
}

#[test]
fn only_space_and_tab_are_white_space_in_a_field() {
    let head = |field: &str, space: &str, value: &str| {
        format!("GET / HTTP/1.1\r\n{field}: {space}{value}{space}\r\n\r\n")
    };
    for field in [
        "Connection",
        "Content-Length",
        "Expect",
        "Host",
        "Origin",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "Transfer-Encoding",
        "Upgrade",
    ] {
        let only = parse(&head(field, " \t ", "x"));
        assert_eq!(only.only(&field.to_ascii_lowercase()).unwrap(), Some("x"));
        for space in [
            "\u{A0}", "\u{85}", "\u{2003}", "\u{3000}", "\u{FEFF}", "\x0B", "\x0C",
        ] {
            assert_eq!(refused(&head(field, space, "x")), 400, "{field} {space:?}");
        }
    }
    // Other fields do not affect how the server answers, so they may contain non-ASCII characters.
    parse("GET / HTTP/1.1\r\nUser-Agent: Café\r\n\r\n");
    let list = parse("GET / HTTP/1.1\r\nConnection:\ta \t,\t, b\t\r\n\r\n");
    assert_eq!(
        list.list_items("connection").collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[test]
fn empty_lines_before_a_request_are_ignored() {
    for empty in ["\r\n", "\n", "\r\n\r\n\n\r\n"] {
        let head = format!("{empty}GET / HTTP/1.1\r\n\r\n");
        assert_eq!(empty_lines(head.as_bytes()), empty.len());
        let (_, length) = Head::parse(head.as_bytes()).unwrap().unwrap();
        assert_eq!(length, head.len());
    }
    assert_eq!(empty_lines(b"\r"), 0);
    assert_eq!(empty_lines(b"\r\r\n"), 0);
    assert_eq!(empty_lines(b" \r\n"), 0);
}

/// Checks the head of a POST with these fields. Returns the status of the refusal, or 0 if the body is accepted.
fn body_status(version: &str, fields: &str) -> u16 {
    let head = parse(&format!("POST /lines HTTP/{version}\r\n{fields}\r\n"));
    Body::new(&head, 100)
        .err()
        .map_or(0, |refusal| refusal.status)
}

#[test]
fn body_of_unclear_length_or_unsupported_coding_is_refused() {
    for (fields, expected) in [
        ("", 411),
        ("Content-Length: 100\r\n", 0),
        ("Content-Length: 101\r\n", 413),
        ("Transfer-Encoding: chunked\r\n", 0),
        ("Transfer-Encoding: , CHUNKED\t,\r\n", 0),
        (
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
            501,
        ),
        ("Transfer-Encoding: gzip, chunked\r\n", 501),
        ("Transfer-Encoding: chunked, chunked\r\n", 400),
        ("Transfer-Encoding: chunked, gzip\r\n", 400),
        ("Transfer-Encoding: gzip\r\n", 400),
        ("Transfer-Encoding: identity\r\n", 400),
        ("Transfer-Encoding: xchunked\r\n", 400),
        ("Transfer-Encoding: chunked;q=1\r\n", 400),
        ("Transfer-Encoding: \"chunked\"\r\n", 400),
        ("Transfer-Encoding:\r\n", 400),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", 400),
        ("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", 400),
    ] {
        assert_eq!(body_status("1.1", fields), expected, "{fields:?}");
    }
    assert_eq!(body_status("1.0", "Transfer-Encoding: chunked\r\n"), 400);
    assert_eq!(body_status("1.0", "Content-Length: 5\r\n"), 0);
}

#[test]
fn client_address_is_the_last_one_in_x_forwarded_for() {
    let address = |fields: &str| {
        let head = parse(&format!("GET / HTTP/1.1\r\n{fields}\r\n"));
        client_address(&head).map(|address| address.to_string())
    };
    for (fields, expected) in [
        ("X-Forwarded-For: 203.0.113.7\r\n", Some("203.0.113.7")),
        (
            "X-Forwarded-For: 10.0.0.1, 203.0.113.7\r\n",
            Some("203.0.113.7"),
        ),
        (
            "X-Forwarded-For: 10.0.0.1,\t203.0.113.7 \r\n",
            Some("203.0.113.7"),
        ),
        (
            "X-Forwarded-For: 10.0.0.1\r\nx-forwarded-for: 203.0.113.7\r\n",
            Some("203.0.113.7"),
        ),
        ("X-Forwarded-For: 203.0.113.7:4711\r\n", Some("203.0.113.7")),
        ("X-Forwarded-For: 2001:DB8::7\r\n", Some("2001:db8::7")),
        (
            "X-Forwarded-For: [2001:db8::7]:4711\r\n",
            Some("2001:db8::7"),
        ),
        ("", None),
        ("X-Forwarded-For:\r\n", None),
        ("X-Forwarded-For: 203.0.113.7,\r\n", None),
        ("X-Forwarded-For: 203.0.113.7, unknown\r\n", None),
        ("X-Forwarded-For: 203.0.113.7\u{A0}\r\n", None),
        (
            "X-Forwarded-For: 203.0.113.7 left with Close 1000\r\n",
            None,
        ),
        ("X-Forwarded-For: fe80::1%eth0\r\n", None),
        ("X-Forwarded-For: 203.0.113.7;\x1B[2J\r\n", None),
    ] {
        if fields.contains('\x1B') {
            assert_eq!(refused(&format!("GET / HTTP/1.1\r\n{fields}\r\n")), 400);
        } else {
            assert_eq!(address(fields).as_deref(), expected, "{fields:?}");
        }
    }
}

#[test]
fn long_poll_lasts_at_most_30_seconds() {
    let wait = |query: &str| Query::parse(query).unwrap().fetch_params().wait;
    assert_eq!(wait("wait=30"), Some(Duration::from_secs(30)));
    assert_eq!(wait("wait=31"), Some(Duration::from_secs(30)));
    assert_eq!(
        wait("wait=18446744073709551615"),
        Some(Duration::from_secs(30))
    );
    assert_eq!(wait("wait=1"), Some(Duration::from_secs(1)));
    assert_eq!(
        (wait("wait=0"), wait("wait="), wait("")),
        (None, None, None)
    );
}

/// Reads a POST in pieces of this length. Returns the body and the request's total length, `None` if the request is
/// incomplete, or the status of the refusal.
fn posted(bytes: &[u8], piece: usize) -> Result<Option<(Vec<u8>, usize)>, u16> {
    let (mut unread, mut taken) = (Vec::new(), 0);
    let mut body = None;
    for piece in bytes.chunks(piece) {
        unread.extend_from_slice(piece);
        if body.is_none() {
            let parsed = Head::parse(&unread).map_err(|refusal| refusal.status)?;
            let Some((head, length)) = parsed else {
                continue;
            };
            unread.drain(..length);
            taken += length;
            body = Some(Body::new(&head, 64).map_err(|refusal| refusal.status)?);
        }
        let length = body.as_mut().unwrap().consume(&unread);
        let length = length.map_err(|refusal| refusal.status)?;
        unread.drain(..length);
        taken += length;
    }
    let complete = body.filter(Body::is_complete);
    Ok(complete.map(|body| (body.into_bytes(), taken)))
}

#[test]
fn request_is_read_the_same_in_pieces_of_any_size() {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |bound: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % bound as u64) as usize
    };
    let start = b"POST http://a?x HTTP/1.2\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1F\r\n";
    let whole = [&start[..], &[b'x'; 31], b"\r\n0\r\nX: y\r\n\r\nGET"].concat();
    let (mut complete, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..below(4) {
            let place = below(bytes.len());
            let byte = b"\r\n :;0159afHTP/.\t\0\x80\xFF"[below(20)];
            match below(3) {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => _ = bytes.remove(place),
            }
        }
        let expected = posted(&bytes, bytes.len());
        complete += usize::from(matches!(expected, Ok(Some(_))));
        refused += usize::from(expected.is_err());
        let piece = 1 + below(9);
        assert_eq!(posted(&bytes, piece), expected, "{bytes:?} by {piece}");
    }
    assert!(complete > 1000 && refused > 1000, "{complete} {refused}");
}
