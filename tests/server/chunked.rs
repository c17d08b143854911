//! Lines in a chunked body, whose length the client need not know when it begins to send.

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::{HttpClient, get, get_in_time};
use crate::support::process::TIMEOUT;
use crate::support::watchdog::within;

/// Returns a POST request under the name `anna`, with these bytes as its chunked body.
fn chunked(body: &str) -> String {
    format!(
        "POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
    )
}

#[test]
fn lines_in_a_chunked_body_are_said() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        let body = "3;x=y\r\nhel\r\n6\r\nlo\nwor\r\n2\r\nld\r\n0\r\nX-Trailer: dropped\r\n\r\n";
        client.send(chunked(body) + &get("/lines?since=1"));
        assert_eq!(
            client.read_response().lines(),
            ["1 anna: hello", "2 anna: world"]
        );
        assert_eq!(client.read_response().lines(), ["2 anna: world"]);
        for byte in chunked(body).bytes() {
            client.send([byte]);
        }
        assert_eq!(
            client.read_response().lines(),
            ["3 anna: hello", "4 anna: world"]
        );
        // A chunk may end within a character, such as `é`, or between the two characters of a CRLF.
        let split = b"1\r\n\xc3\r\n1\r\n\xa9\r\n2\r\na\r\r\n2\r\n\nb\r\n0\r\n\r\n";
        client.send([chunked("").as_bytes(), split].concat());
        assert_eq!(
            client.read_response().lines(),
            ["5 anna: \u{e9}a", "6 anna: b"]
        );
    });
}

#[test]
fn overlong_or_malformed_chunked_body_is_refused() {
    within(LIMIT, || {
        let chat = Chat::start();
        let longest = "x".repeat(16_384);
        let mut client = HttpClient::connect(&chat);
        client.send(chunked(&format!("4000\r\n{longest}\r\n0\r\n\r\n")));
        assert_eq!(
            client.read_response().lines(),
            [format!("1 anna: {longest}")]
        );
        client.send(chunked(&("1\r\nx\r\n".repeat(16_384) + "0\r\n\r\n")));
        assert_eq!(
            client.read_response().lines(),
            [format!("2 anna: {longest}")]
        );
        for (body, expected) in [
            (format!("4001\r\n{longest}x\r\n0\r\n\r\n"), 413),
            (format!("4000\r\n{longest}\r\n1\r\nx\r\n0\r\n\r\n"), 413),
            ("ffffffffffffffff\r\n".to_owned(), 413),
            ("10000000000000000\r\n".to_owned(), 400),
            ("x\r\n".to_owned(), 400),
            ("\r\n".to_owned(), 400),
            ("5\r\nhello!\r\n0\r\n\r\n".to_owned(), 400),
            (format!("5;{}", "e".repeat(300)), 400),
            (format!("1;{}\r\nx\r\n", "e".repeat(200)).repeat(50), 400),
            (format!("0\r\n{}", "X: y\r\n".repeat(65)), 431),
            (format!("0\r\nX: {}", "y".repeat(9000)), 431),
            ("0\r\n\r\n".to_owned(), 400),
        ] {
            let mut client = HttpClient::connect(&chat);
            client.send(chunked(&body));
            let response = client.read_response();
            let start = body.get(..20).unwrap_or(&body);
            assert_eq!(
                (response.status, response.is_last()),
                (expected, true),
                "{start}"
            );
            client.expect_end();
        }
        let all = HttpClient::connect(&chat).get("/lines?since=2");
        assert_eq!(all.body, "");
    });
}

#[test]
fn unfinished_chunked_body_gets_a_408() {
    within(LIMIT, || {
        let chat = Chat::with(&["--handshake-timeout", "0.3"]);
        for begun in [
            "",
            "5",
            "5\r\nhel",
            "5\r\nhello\r\n",
            "5\r\nhello\r\n0\r\nX: y\r\n",
        ] {
            let mut client = HttpClient::connect(&chat);
            client.send(chunked(begun));
            assert_eq!(client.read_response().status, 408, "{begun:?}");
            client.expect_end();
        }
        assert_eq!(get_in_time(&chat, "/lines").body, "");
    });
}

#[test]
fn client_that_expects_100_continue_gets_it_before_chunks() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        client.send(chunked("").replace("Transfer", "Expect: 100-continue\r\nTransfer"));
        let go_on = client.0.read_head(TIMEOUT).unwrap();
        assert!(go_on.starts_with("HTTP/1.1 100 "), "{go_on}");
        client.send("5\r\nhello\r\n0\r\n\r\n");
        assert_eq!(client.read_response().lines(), ["1 anna: hello"]);
    });
}

#[test]
fn request_smuggled_in_an_ambiguous_body_is_ignored() {
    within(LIMIT, || {
        let chat = Chat::start();
        let hidden =
            "POST /lines?name=eve HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi";
        for fields in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 100\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Content-Length: 0\r\nContent-Length: 5\r\n",
        ] {
            let mut client = HttpClient::connect(&chat);
            client.send(
                chunked("0\r\n\r\n").replace("Transfer-Encoding: chunked\r\n", fields) + hidden,
            );
            let response = client.read_response();
            assert_eq!(
                (response.status, response.is_last()),
                (400, true),
                "{fields}"
            );
            client.expect_end();
        }
        assert_eq!(HttpClient::connect(&chat).get("/lines").body, "");
    });
}
