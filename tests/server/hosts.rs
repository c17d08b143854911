//! Which Host and which Origin a request may have. `tests/values/origins.rs` tests every rule.

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

/// Returns the status of the response to an upgrade with these fields in place of the Host.
fn status(chat: &Chat, path: &str, fields: &str) -> String {
    let mut client = RawClient::connect(chat.address).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\n{fields}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    client.send_bytes(request.as_bytes()).unwrap();
    client.read_head(TIMEOUT).unwrap()[9..12].to_owned()
}

#[test]
fn foreign_host_or_page_is_forbidden() {
    within(LIMIT, || {
        let chat = Chat::start();
        for (fields, expected) in [
            ("Host: localhost\r\n", "101"),
            ("Host: 127.0.0.1:9001\r\n", "101"),
            ("Host: [::1]:9001\r\n", "101"),
            ("Host: lab-7\r\n", "101"),
            ("Host: lab-7.local:9001\r\n", "101"),
            ("Host: evil.example\r\n", "403"),
            (
                "Host: localhost:9001\r\nOrigin: http://localhost:9001\r\n",
                "101",
            ),
            (
                "Host: localhost:9001\r\nOrigin: http://localhost:3000\r\n",
                "403",
            ),
            ("Host: localhost\r\nOrigin: https://evil.example\r\n", "403"),
            ("Host: localhost\r\nOrigin: null\r\n", "403"),
            (
                "Host: evil.example\r\nOrigin: http://evil.example\r\n",
                "403",
            ),
            ("", "400"),
            ("Host: localhost\r\nHost: localhost\r\n", "400"),
            ("Host: a b\r\n", "400"),
            ("Host: lócal\r\n", "400"),
            ("Host: \u{A0}localhost\r\n", "400"),
            (
                "Host: x.localhost:9001\r\nOrigin: http://x.localhost:9001\r\n",
                "101",
            ),
            (
                "Host: localhost:9001\r\nOrigin: foo://localhost:9001\r\n",
                "403",
            ),
        ] {
            assert_eq!(status(&chat, "/", fields), expected, "{fields:?}");
        }
    });
}

#[test]
fn host_is_checked_on_every_path() {
    within(LIMIT, || {
        let chat = Chat::start();
        for path in ["/", "/echo", "/nothing", "/lines", "/metrics", "/?name="] {
            assert_eq!(
                status(&chat, path, "Host: evil.example\r\n"),
                "403",
                "{path}"
            );
        }
    });
}

#[test]
fn allowed_origin_may_use_its_own_host_and_ours() {
    within(LIMIT, || {
        let chat = Chat::with(&[
            "--allow-origin",
            "https://chat.example.org",
            "--allow-origin",
            "http://localhost:3000",
        ]);
        for (fields, expected) in [
            (
                "Host: chat.example.org\r\nOrigin: https://chat.example.org\r\n",
                "101",
            ),
            (
                "Host: localhost\r\nOrigin: https://chat.example.org\r\n",
                "101",
            ),
            (
                "Host: localhost\r\nOrigin: http://localhost:3000\r\n",
                "101",
            ),
            ("Host: chat.example.org\r\n", "101"),
            (
                "Host: localhost\r\nOrigin: http://chat.example.org\r\n",
                "403",
            ),
            ("Host: www.example.org\r\n", "403"),
            (
                "Host: chat.example.org\r\nOrigin: http://chat.example.org\r\n",
                "403",
            ),
            (
                "Host: chat.example.org\r\nOrigin: foo://chat.example.org\r\n",
                "403",
            ),
            ("Host: chat.example.org\r\nOrigin: null\r\n", "403"),
        ] {
            assert_eq!(status(&chat, "/", fields), expected, "{fields:?}");
        }
    });
}
