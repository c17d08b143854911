//! How frames reach the hub: the lines of one read(2) arrive together, and all frames stay in order.

use std::sync::atomic::{AtomicUsize, Ordering};

use blocking_chat::server::connection::hooks::Hooks;
use blocking_chat::server::hub::messages::HubMessage;

use crate::support::chat::LIMIT;
use crate::support::library::{EmbeddedServer, config};
use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{CLOSE, PING, PONG, TEXT, encode};
use crate::support::watchdog::within;

/// The number of lines that the client sends, each in its own frame.
const LINES: usize = 200;

#[test]
fn frames_of_one_read_reach_the_hub_as_one_message() {
    static MESSAGES: AtomicUsize = AtomicUsize::new(0);
    fn note(message: &HubMessage) {
        if matches!(message, HubMessage::Say { .. }) {
            MESSAGES.fetch_add(1, Ordering::Relaxed);
        }
    }
    within(LIMIT, || {
        let hooks = Hooks {
            on_message: Some(note),
            ..Hooks::default()
        };
        let server = EmbeddedServer::with_hooks(config(), hooks);
        let mut client = server.raw_client("/?name=anna");
        let frames = (0..LINES).flat_map(|number| encode(TEXT, number.to_string().as_bytes()));
        // One call of write(2) sends all frames, so they arrive together. The server needs only two calls of read(2): the
        // first one reads up to 128 bytes, the second one the rest.
        client.send_bytes(&frames.collect::<Vec<_>>()).unwrap();
        for number in 0..LINES {
            let end = format!(" anna: {number}");
            while !client.read_text().unwrap().ends_with(&end) {}
        }
        let messages = MESSAGES.load(Ordering::Relaxed);
        assert!(messages <= LINES / 10, "{messages} messages");
    });
}

/// Before the server acts on a Ping, a command or a Close, it sends the earlier lines to the hub.
#[test]
fn frames_without_lines_stay_in_order_with_lines() {
    within(LIMIT, || {
        let server = EmbeddedServer::start(config());
        let mut client = server.raw_client("/?name=anna");
        let frames = [
            encode(TEXT, b"one"),
            encode(TEXT, b"two"),
            encode(PING, b"ping"),
            encode(TEXT, b"three"),
            encode(TEXT, b"/nick berta"),
            encode(TEXT, b"four"),
            encode(CLOSE, b""),
        ];
        client.send_bytes(&frames.concat()).unwrap();
        let mut received = Vec::new();
        loop {
            let frame = client.read_frame(TIMEOUT).unwrap();
            match frame.opcode {
                TEXT => {
                    let text = frame.text();
                    received.extend(text.split_once(' ').map(|(_, text)| text.to_owned()));
                }
                PONG => assert!(received.contains(&"anna: two".to_owned()), "{received:?}"),
                CLOSE => break,
                _ => {}
            }
        }
        let expected = [
            "anna: one",
            "anna: two",
            "anna: three",
            "* anna is now berta",
            "berta: four",
        ];
        assert_eq!(received[received.len() - expected.len()..], expected);
    });
}
