//! Server-sent events: a fourth technique alongside polling, long polling and WebSocket.

use crate::mine::LIMIT;
use crate::support::chat::{Chat, Endpoint};
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

/// Requests events. `field` is one more header field, or empty. If it is empty, the events begin with the oldest line
/// that the room has kept.
fn request_events(client: &mut RawClient, field: &str) {
    let request = format!("GET /events HTTP/1.1\r\nHost: localhost\r\n{field}\r\n");
    client.send_bytes(request.as_bytes()).unwrap();
    let head = client.read_head(TIMEOUT).unwrap().to_lowercase();
    assert!(
        head.starts_with("http/1.1 200"),
        "The answer to GET /events is {head}"
    );
    let content_type = "\r\ncontent-type: text/event-stream";
    assert!(
        head.contains(content_type),
        "The answer to GET /events is {head}"
    );
}

/// Connects to the server and requests events, as [`request_events`] does.
fn stream(chat: &Endpoint, field: &str) -> RawClient {
    let mut client = RawClient::connect(chat.address).unwrap();
    request_events(&mut client, field);
    client
}

/// Returns the `id` and the `data` of the next event.
fn event(client: &mut RawClient) -> (String, String) {
    let mut id = String::new();
    loop {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.extend(client.read_bytes(1).unwrap());
        }
        let line = String::from_utf8(line).unwrap();
        // All other lines, such as comments and the lengths of chunks, are ignored.
        match line.trim_end().split_once(": ") {
            Some(("id", value)) => id = value.to_owned(),
            Some(("data", value)) => return (id, value.to_owned()),
            _ => {}
        }
    }
}

fn pair(id: &str, data: &str) -> (String, String) {
    (id.to_owned(), data.to_owned())
}

#[test]
#[ignore = "an exercise: src/server/http/route.rs"]
fn every_line_arrives_as_an_event() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut anna = chat.member("anna");
        let mut events = stream(&chat, "");
        assert_eq!(event(&mut events), pair("1", "1 * anna joined"));
        for number in 2..10 {
            let line = anna.say_and_receive("hello");
            assert_eq!(event(&mut events), pair(&number.to_string(), &line));
        }
    });
}

#[test]
#[ignore = "an exercise: src/server/http/route.rs"]
fn events_resume_after_the_last_event_id() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut anna = chat.member("anna");
        let (two, three) = (anna.say_and_receive("two"), anna.say_and_receive("three"));
        let mut events = stream(&chat, "Last-Event-ID: 1\r\n");
        assert_eq!(event(&mut events), pair("2", &two));
        assert_eq!(event(&mut events), pair("3", &three));
        let four = anna.say_and_receive("four");
        assert_eq!(event(&mut events), pair("4", &four));
    });
}

#[test]
#[ignore = "an exercise: src/server/connection"]
fn event_reader_that_stops_reading_delays_nobody() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--write-timeout", "60"]);
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        request_events(&mut slow, "");
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        let long = "x".repeat(16_000);
        for _ in 0..200 {
            let line = anna.say_and_receive(&long);
            ben.receive_until(&line);
        }
        // The stopped reader must not delay the shutdown of the server, either.
        chat.program.signal(Signal::TERM).unwrap();
        drop((anna, ben));
        assert!(chat.program.wait(TIMEOUT).unwrap().success());
    });
}
