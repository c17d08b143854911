//! The handshake: which requests become a WebSocket, and which responses the others get.

use crate::answers::{UPGRADE, status};
use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

#[test]
fn missing_or_wrong_upgrade_gets_a_426_with_the_right_fields() {
    within(LIMIT, || {
        let chat = Chat::start();
        for fields in [
            "Host: localhost\r\n".to_owned(),
            UPGRADE.replace("Upgrade: websocket", "Upgrade: h2c"),
            UPGRADE.replace("Version: 13", "Version: 8"),
            UPGRADE.replace("Sec-WebSocket-Version: 13\r\n", ""),
        ] {
            let answer = chat.exchange(format!("GET /echo HTTP/1.1\r\n{fields}\r\n").as_bytes());
            assert_eq!(status(&answer), "426", "{fields}");
            assert!(
                answer.contains("\r\nSec-WebSocket-Version: 13\r\n"),
                "{answer}"
            );
            assert!(answer.contains("\r\nUpgrade: websocket\r\n"), "{answer}");
        }
    });
}

#[test]
fn invalid_handshake_gets_a_400() {
    within(LIMIT, || {
        let chat = Chat::start();
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        for (version, fields) in [
            ("1.1", UPGRADE.replace(key, "")),
            ("1.1", UPGRADE.replace(key, &key.repeat(2))),
            ("1.1", UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "short")),
            (
                "1.1",
                UPGRADE.replace("Connection: Upgrade", "Connection: close"),
            ),
            ("1.1", UPGRADE.replace("Host: localhost\r\n", "")),
            ("1.1", format!("{UPGRADE}Content-Length: 5\r\n")),
            ("1.1", format!("{UPGRADE}Transfer-Encoding: chunked\r\n")),
            ("1.0", UPGRADE.to_owned()),
            ("1.1", UPGRADE.replace("Connection: ", "Connection: \u{A0}")),
            ("1.1", UPGRADE.replace("Upgrade: ", "Upgrade: \u{2003}")),
            ("1.1", UPGRADE.replace("Version: ", "Version: \u{A0}")),
            ("1.1", UPGRADE.replace("Key: ", "Key: \u{3000}")),
        ] {
            let answer = chat.exchange(format!("GET / HTTP/{version}\r\n{fields}\r\n").as_bytes());
            assert_eq!(status(&answer), "400", "{version} {fields}");
        }
    });
}

#[test]
fn head_may_arrive_byte_by_byte() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = RawClient::connect(chat.address).unwrap();
        for byte in format!("GET /echo HTTP/1.1\r\n{UPGRADE}\r\n").bytes() {
            client.send_bytes(&[byte]).unwrap();
        }
        let head = client.read_head(TIMEOUT).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        client.send_text("here").unwrap();
        assert_eq!(client.read_text().unwrap(), "here");
    });
}

#[test]
fn handshake_fields_may_have_any_case_and_be_lists() {
    within(LIMIT, || {
        let chat = Chat::start();
        let fields = UPGRADE
            .replace("Connection: Upgrade", "CONNECTION: keep-alive, uPGRADE")
            .replace("Upgrade: websocket", "upgrade: WebSocket");
        let mut client = RawClient::connect(chat.address).unwrap();
        client
            .send_bytes(format!("GET /echo HTTP/1.1\r\n{fields}\r\n").as_bytes())
            .unwrap();
        let head = client.read_head(TIMEOUT).unwrap();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    });
}
