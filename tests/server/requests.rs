//! HTTP requests from well-behaved and from careless clients.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use blocking_chat::server::http::response::date;

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::{HttpClient, get, get_in_time, post};
use crate::support::process::TIMEOUT;
use crate::support::wait::retry_on_delay;
use crate::support::watchdog::within;

#[test]
fn request_may_arrive_byte_by_byte() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        for byte in post("/lines?name=anna", "hel\nlo").bytes() {
            client.send([byte]);
        }
        assert_eq!(
            client.read_response().lines(),
            ["1 anna: hel", "2 anna: lo"]
        );
    });
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        let [first, second] = ["one", "two"].map(|line| post("/lines?name=anna", line));
        let all = get("/lines?since=1");
        let packets = [first.clone(), second, all.clone(), all].concat();
        // The second packet begins within a body and ends within a head.
        let (start, rest) = packets.split_at(first.len() - 1);
        let (middle, end) = rest.split_at(rest.len() - 20);
        client.send(start);
        client.send(middle);
        assert_eq!(client.read_response().lines(), ["1 anna: one"]);
        assert_eq!(client.read_response().lines(), ["2 anna: two"]);
        assert_eq!(client.read_response().lines(), ["2 anna: two"]);
        client.send(end);
        assert_eq!(client.read_response().lines(), ["2 anna: two"]);
    });
}

#[test]
fn unfinished_body_gets_a_408_at_the_handshake_timeout() {
    within(LIMIT, || {
        let chat = Chat::with(&["--handshake-timeout", "0.3"]);
        let begun = Instant::now();
        let mut client = HttpClient::connect(&chat);
        client.send(
            "POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nhello",
        );
        let response = client.read_response();
        assert_eq!((response.status, response.is_last()), (408, true));
        assert!(begun.elapsed() >= Duration::from_millis(300));
        client.expect_end();
        assert_eq!(get_in_time(&chat, "/lines").body, "");
    });
}

#[test]
fn lines_of_a_truncated_body_are_not_said() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        client.send(
            "POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nhello",
        );
        client.0.end_sending().unwrap();
        client.expect_end();
        assert_eq!(HttpClient::connect(&chat).get("/lines").body, "");
    });
}

#[test]
fn bytes_after_a_body_are_the_next_request() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        client.send("POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello world\r\n\r\n");
        assert_eq!(client.read_response().lines(), ["1 anna: hello"]);
        assert_eq!(client.read_response().status, 400);
        client.expect_end();
    });
}

#[test]
fn post_must_state_the_length_of_its_body_in_exactly_one_way() {
    within(LIMIT, || {
        let chat = Chat::start();
        for (fields, expected) in [
            ("", 411),
            ("Transfer-Encoding: gzip\r\n", 400),
            ("Transfer-Encoding: gzip, chunked\r\n", 501),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
            ("Transfer-Encoding: \u{A0}chunked\r\n", 400),
            ("Content-Length: \u{A0}5\r\n", 400),
            ("Content-Length: five\r\n", 400),
            ("Content-Length: +5\r\n", 400),
            ("Content-Length: -5\r\n", 400),
            ("Content-Length: \r\n", 400),
            ("Content-Length: 5, 5\r\n", 400),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", 400),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", 400),
            ("Content-Length: 99999999999999999999\r\n", 400),
            ("Content-Length: 16385\r\n", 413),
        ] {
            let mut client = HttpClient::connect(&chat);
            client.send(format!(
"POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n5\r\nhello\r\n0\r\n\r\n"
));
            let response = client.read_response();
            assert_eq!(
                (response.status, response.is_last()),
                (expected, true),
                "{fields}"
            );
            client.expect_end();
        }
        assert_eq!(HttpClient::connect(&chat).get("/lines").body, "");
    });
}

#[test]
fn only_a_post_may_have_a_body() {
    within(LIMIT, || {
        let chat = Chat::start();
        for request in ["GET /lines", "HEAD /lines", "GET /"] {
            let mut client = HttpClient::connect(&chat);
            client.send(format!(
                "{request} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
            ));
            let response = client.read_response_head(TIMEOUT);
            assert_eq!(
                (response.status, response.is_last()),
                (400, true),
                "{request}"
            );
        }
    });
}

#[test]
fn expect_100_continue_gets_a_100_or_a_refusal() {
    within(LIMIT, || {
        let chat = Chat::start();
        let head = |length: usize| {
            format!(
                "POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\
Content-Length: {length}\r\n\r\n"
            )
        };
        let mut client = HttpClient::connect(&chat);
        client.send(head(5));
        let go_on = client.0.read_head(TIMEOUT).unwrap();
        assert!(go_on.starts_with("HTTP/1.1 100 "), "{go_on}");
        client.send("hello");
        assert_eq!(client.read_response().lines(), ["1 anna: hello"]);
        // A client that sends the body together with the head gets no 100.
        client.send(head(2) + "hi");
        assert_eq!(client.read_response().lines(), ["2 anna: hi"]);
        client.send(head(20_000));
        assert_eq!(client.read_response().status, 413);
        client.expect_end();
        // HTTP/1.0 has no 100 response (RFC 9110, section 10.1.1).
        let mut old = HttpClient::connect(&chat);
        old.send(head(2).replace("HTTP/1.1", "HTTP/1.0"));
        old.send("ho");
        assert_eq!(old.read_response().lines(), ["3 anna: ho"]);
    });
}

#[test]
fn head_request_gets_the_fields_of_a_get_but_no_body() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        client.post("/lines?name=anna", "hello");
        for target in ["/lines", "/lines?since=0&wait=9", "/lines?since=1", "/"] {
            let got = client.get(target);
            client.send(get(target).replace("GET", "HEAD"));
            // If there were a body, the test would read it as the next head.
            let headed = client.read_response_head(TIMEOUT);
            assert_eq!((headed.status, got.status), (200, 200));
            for field in ["Content-Length", "Content-Type", "Room", "Cache-Control"] {
                assert_eq!(headed.field(field), got.field(field), "{field} of {target}");
            }
        }
        client.send("HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(client.read_response_head(TIMEOUT).status, 404);
        client.expect_end();
    });
}

#[test]
fn unsupported_method_on_lines_gets_the_allowed_methods() {
    within(LIMIT, || {
        let chat = Chat::start();
        for method in ["PUT", "DELETE", "PATCH", "TRACE", "post"] {
            let mut client = HttpClient::connect(&chat);
            client.send(format!(
"{method} /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi"
));
            let response = client.read_response();
            assert_eq!(response.status, 405, "{method}");
            assert_eq!(response.field("Allow"), Some("GET, HEAD, OPTIONS, POST"));
        }
    });
}

#[test]
fn options_response_lists_the_allowed_methods() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        for (target, allow) in [
            ("*", "GET, HEAD, OPTIONS, POST"),
            ("/lines", "GET, HEAD, OPTIONS, POST"),
            ("/", "GET, HEAD, OPTIONS"),
            ("http://localhost", "GET, HEAD, OPTIONS"),
            ("/echo", "GET, HEAD, OPTIONS"),
            ("/metrics", "GET, HEAD, OPTIONS"),
        ] {
            client.send(get(target).replace("GET", "OPTIONS"));
            let response = client.read_response();
            assert_eq!(
                (response.status, &*response.body),
                (200, "up\n"),
                "{target}"
            );
            assert_eq!(response.field("Allow"), Some(allow), "{target}");
        }
        // This is HAProxy's default health check.
        client.send("OPTIONS / HTTP/1.0\r\n\r\n");
        assert_eq!((client.read_response().status), 200);
        client.expect_end();
        for (request, expected) in [
            ("GET * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            ("OPTIONS /x HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
            ("OPTIONS * HTTP/1.1\r\n\r\n", 400),
            ("OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        ] {
            let mut client = HttpClient::connect(&chat);
            client.send(request);
            assert_eq!(client.read_response().status, expected, "{request}");
        }
    });
}

#[test]
fn connection_stays_open_unless_http_1_0_or_close_is_sent() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        for _ in 0..10 {
            assert!(!client.get("/lines").is_last());
            assert!(!client.get("/").is_last());
        }
        for request in [
            "GET /lines HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "GET /lines HTTP/1.1\r\nHost: localhost\r\nConnection: foo, Close\r\n\r\n",
            "GET /lines HTTP/1.0\r\nHost: localhost\r\n\r\n",
            "GET /lines HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
        ] {
            let mut client = HttpClient::connect(&chat);
            client.send(request);
            let response = client.read_response();
            assert_eq!(
                (response.status, response.is_last()),
                (200, true),
                "{request}"
            );
            client.expect_end();
        }
    });
}

#[test]
fn responses_forbid_caching_and_type_sniffing() {
    within(LIMIT, || {
        let chat = Chat::start();
        for target in ["/", "/lines", "/lines?wait=x", "/nothing"] {
            let response = HttpClient::connect(&chat).get(target);
            assert_eq!(
                response.field("Cache-Control"),
                Some("no-store"),
                "{target}"
            );
            assert_eq!(response.field("X-Content-Type-Options"), Some("nosniff"));
            assert!(
                response
                    .field("Content-Type")
                    .unwrap()
                    .contains("charset=utf-8")
            );
        }
    });
}

#[test]
fn every_response_has_a_date() {
    within(LIMIT, || {
        let chat = Chat::start();
        for target in ["/", "/lines", "/lines?wait=x", "/nothing"] {
            let begun = SystemTime::now();
            let response = HttpClient::connect(&chat).get(target);
            let took = begun.elapsed().unwrap().as_secs();
            let mut dates = (0..=took + 1).map(|s| date(begun + Duration::from_secs(s)));
            assert!(
                dates.any(|date| response.head.contains(&date)),
                "{response:?}"
            );
        }
    });
}

#[test]
fn foreign_page_can_neither_read_nor_post_lines() {
    within(LIMIT, || {
        let chat = Chat::start();
        for (fields, expected) in [
            ("Host: localhost\r\nOrigin: http://localhost\r\n", 201),
            ("Host: localhost\r\nOrigin: https://evil.example\r\n", 403),
            ("Host: localhost\r\nOrigin: null\r\n", 403),
            ("Host: evil.example\r\n", 403),
            ("Host: evil.example\r\nOrigin: http://evil.example\r\n", 403),
            ("", 400),
            ("Host: localhost\r\nHost: localhost\r\n", 400),
        ] {
            let mut client = HttpClient::connect(&chat);
            let request = post("/lines?name=anna", "hello");
            client.send(request.replace("Host: localhost\r\n", fields));
            assert_eq!(client.read_response().status, expected, "{fields}");
            let mut client = HttpClient::connect(&chat);
            client.send(get("/lines").replace("Host: localhost\r\n", fields));
            let expected = if expected == 201 { 200 } else { expected };
            assert_eq!(client.read_response().status, expected, "{fields}");
        }
        assert_eq!(
            HttpClient::connect(&chat).get("/lines").body,
            "1 anna: hello\n"
        );
    });
}

#[test]
fn connection_idle_between_requests_ends_without_a_response() {
    let scenario = || {
        let chat = Chat::with(&["--idle-timeout", "0.3"]);
        let begun = Instant::now();
        let mut client = HttpClient::connect(&chat);
        client.get("/lines");
        client.expect_end();
        let after = begun.elapsed();
        assert!(after >= Duration::from_millis(300), "{after:?}");
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn empty_lines_between_requests_start_no_request() {
    let scenario = || {
        let chat = Chat::with(&["--handshake-timeout", "0.2", "--idle-timeout", "1"]);
        let mut client = HttpClient::connect(&chat);
        client.send("\r\n\n\r\n".to_owned() + &get("/lines"));
        assert_eq!(client.read_response().status, 200);
        let endpoint = chat.endpoint;
        let is_idle_after = |empty: &str| {
            let begun = Instant::now();
            let mut client = HttpClient::connect(&endpoint);
            client.send(post("/lines?name=anna", "hello") + empty);
            assert_eq!(client.read_response().status, 201);
            // The connection ends at the idle timeout, not at the shorter handshake timeout.
            client.expect_end();
            let after = begun.elapsed();
            assert!(after >= Duration::from_secs(1), "{empty:?} {after:?}");
        };
        thread::scope(|scope| {
            for empty in ["\r\n", "\n", "\r", "\r\n\r\n\r"] {
                scope.spawn(move || is_idle_after(empty));
            }
        });
        let mut client = HttpClient::connect(&chat);
        client.send(get("/lines") + "\r\n");
        assert_eq!(client.read_response().status, 200);
        client.send("\r\n\n".to_owned() + &get("/metrics"));
        assert_eq!(client.read_response().status, 200);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn too_many_empty_lines_before_a_request_are_refused() {
    within(LIMIT, || {
        let chat = Chat::start();
        for begun in [String::new(), get("/lines")] {
            let mut client = HttpClient::connect(&chat);
            client.send(&begun);
            if !begun.is_empty() {
                assert_eq!(client.read_response().status, 200);
            }
            client.send("\r\n".repeat(5000));
            let response = client.read_response();
            assert_eq!((response.status, response.is_last()), (400, true));
            client.expect_end();
        }
    });
}

#[test]
fn timeout_of_a_later_request_begins_with_its_first_byte() {
    let scenario = || {
        let chat = Chat::with(&["--handshake-timeout", "0.3"]);
        let mut client = HttpClient::connect(&chat);
        client.get("/lines");
        // This long poll on another connection takes 1 second, longer than the handshake timeout.
        HttpClient::connect(&chat).get("/lines?wait=1");
        let begun = Instant::now();
        client.send("GET /lines");
        assert_eq!(client.read_response().status, 408);
        assert!(begun.elapsed() >= Duration::from_millis(300));
        client.expect_end();
    };
    within(LIMIT, || retry_on_delay(scenario));
}
