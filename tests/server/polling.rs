//! Polling: a client requests lines, and the server answers immediately.

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::watchdog::within;

/// Posts the numbers from 1 to `newest`, one per line.
fn say_numbers(endpoint: &Endpoint, newest: u64) -> HttpClient {
    let mut client = HttpClient::connect(endpoint);
    let numbers: Vec<_> = (1..=newest).map(|number| number.to_string()).collect();
    assert_eq!(
        client.post("/lines?name=anna", &numbers.join("\n")).status,
        201
    );
    client
}

/// Returns the numbers of the lines in the response to a request for this target.
#[track_caller]
fn numbers(client: &mut HttpClient, target: &str) -> Vec<u64> {
    let response = client.get(target);
    let parse = |line: &str| {
        let number: u64 = line.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(line, format!("{number} anna: {number}"), "{target}");
        number
    };
    response.lines().into_iter().map(parse).collect()
}

#[test]
fn poll_gets_the_lines_after_since_up_to_until() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = say_numbers(&chat, 9);
        for (query, expected) in [
            ("", 1..=9),
            ("?since=0", 1..=9),
            ("?since=4", 5..=9),
            ("?since=8", 9..=9),
            ("?since=4&until=7", 5..=7),
            ("?until=3", 1..=3),
            ("?since=4&until=99", 5..=9),
            ("?since=4&until=18446744073709551615", 5..=9),
            ("?since=4&until=5&unknown=x", 5..=5),
            ("?since=4&wait=0", 5..=9),
        ] {
            let expected: Vec<u64> = expected.collect();
            assert_eq!(
                numbers(&mut client, &format!("/lines{query}")),
                expected,
                "{query}"
            );
        }
        for query in [
            "?since=9",
            "?since=4&until=4",
            "?since=4&until=2",
            "?until=0",
        ] {
            assert_eq!(
                client.get(&format!("/lines{query}")).lines(),
                [""; 0],
                "{query}"
            );
        }
    });
}

#[test]
fn since_of_another_room_or_beyond_the_newest_counts_as_0() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = say_numbers(&chat, 3);
        let room = client.get("/lines").field("Room").unwrap().to_owned();
        assert!(room.len() == 8 && room.bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert_eq!(
            numbers(&mut client, &format!("/lines?since=2&room={room}")),
            [3]
        );
        for query in ["since=2&room=00000000", "since=4", "room=x"] {
            assert_eq!(
                numbers(&mut client, &format!("/lines?{query}")),
                [1, 2, 3],
                "{query}"
            );
        }
    });
}

#[test]
fn poll_response_names_the_same_room_as_the_welcome() {
    within(LIMIT, || {
        let chat = Chat::start();
        let welcome = chat.connect("/?name=anna").receive_line();
        let response = HttpClient::connect(&chat).get("/lines");
        assert!(welcome.ends_with(&format!(" in room {}", response.field("Room").unwrap())));
    });
}

#[test]
fn poll_omits_discarded_lines() {
    within(LIMIT, || {
        let chat = Chat::with(&["--history", "4"]);
        let mut client = say_numbers(&chat, 10);
        assert_eq!(numbers(&mut client, "/lines"), [7, 8, 9, 10]);
        assert_eq!(numbers(&mut client, "/lines?since=2"), [7, 8, 9, 10]);
        assert_eq!(numbers(&mut client, "/lines?since=2&until=8"), [7, 8]);
        assert_eq!(client.get("/lines?since=2&until=6").lines(), [""; 0]);
        assert_eq!(numbers(&mut client, "/lines?since=8"), [9, 10]);
    });
}

#[test]
fn malformed_or_repeated_parameter_of_a_poll_gets_a_400() {
    within(LIMIT, || {
        let chat = Chat::start();
        for query in [
            "since=x",
            "since=%20",
            "key=%20",
            "name=%20",
            "since=-1",
            "until=x",
            "wait=x",
            "wait=-1",
            "wait=0.5",
            "since=1&since=1",
            "until=1&until=2",
            "wait=1&wait=1",
        ] {
            let mut client = HttpClient::connect(&chat);
            let response = client.get(&format!("/lines?{query}"));
            assert_eq!(
                (response.status, response.is_last()),
                (400, true),
                "{query}"
            );
            client.expect_end();
        }
    });
}

#[test]
fn empty_parameter_counts_as_absent() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = say_numbers(&chat, 3);
        for (query, expected) in [
            ("since=2&room=", vec![3]),
            ("since=2&until=", vec![3]),
            ("since=&room=&until=&wait=&key=&name=", vec![1, 2, 3]),
            ("since=&since=1&since=", vec![2, 3]),
            ("since&until", vec![1, 2, 3]),
        ] {
            let target = format!("/lines?{query}");
            assert_eq!(numbers(&mut client, &target), expected, "{query}");
        }
        assert_eq!(client.post("/lines?name=", "hello").status, 400);
        let welcome = chat.connect("/?name=&since=&key=&room=").receive_line();
        assert!(welcome.starts_with("* you are guest-"), "{welcome}");
    });
}

#[test]
fn polling_client_is_not_a_member() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut client = HttpClient::connect(&chat);
        assert_eq!(client.get("/lines?name=ben").lines(), ["1 * anna joined"]);
        drop(client);
        anna.say("/who");
        let here = anna.receive_line();
        assert!(
            here.starts_with("* ") && here.contains("anna") && !here.contains("ben"),
            "{here}"
        );
        assert_eq!(anna.say_and_receive("hello"), "2 anna: hello");
    });
}
