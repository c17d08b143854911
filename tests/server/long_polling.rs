//! Long polling: the server answers a request for lines as soon as there is a line.

use std::time::{Duration, Instant};

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::{HttpClient, get};
use crate::support::watchdog::within;

#[test]
fn long_poll_is_about_as_fast_as_a_websocket() {
    within(LIMIT, || {
        let chat = Chat::start();
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        let mut waiting = HttpClient::connect(&chat);
        let (mut over_websocket, mut over_http) = (Vec::new(), Vec::new());
        for number in 3..53 {
            waiting.send(get(&format!("/lines?since={}&wait=60", number - 1)));
            let begun = Instant::now();
            anna.say("hello");
            let line = format!("{number} anna: hello");
            ben.receive_until(&line);
            over_websocket.push(begun.elapsed());
            assert_eq!(waiting.read_response().lines(), [line]);
            over_http.push(begun.elapsed());
        }
        over_websocket.sort();
        over_http.sort();
        // The test compares medians, because the machine may be busy. A server that checks for lines only at intervals
        // of more than a second fails this test.
        let (websocket, http) = (over_websocket[25], over_http[25]);
        println!("WebSocket {websocket:?}, long poll {http:?}");
        assert!(
            http < websocket + Duration::from_millis(500),
            "{websocket:?} against {http:?}"
        );
    });
}

#[test]
fn long_poll_for_existing_lines_does_not_wait() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        client.post("/lines?name=anna", "one\ntwo");
        for query in ["since=1", "since=1&until=2", "since=1&room=", "since=99"] {
            let lines = client.get(&format!("/lines?{query}&wait=60"));
            assert_eq!(lines.lines().last(), Some(&"2 anna: two"), "{query}");
        }
    });
}

/// Another request may follow on the same connection.
#[test]
fn long_poll_that_times_out_gets_an_empty_response() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        let begun = Instant::now();
        let response = client.get("/lines?wait=1");
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(1), "{took:?}");
        assert_eq!(
            (response.status, &*response.body, response.is_last()),
            (200, "", false)
        );
        assert!(response.field("Room").is_some());
        // A later line ends the next long poll. Then no newer line exists, so a poll without `wait` gets an empty
        // response.
        client.send(get("/lines?wait=60"));
        HttpClient::connect(&chat).post("/lines?name=anna", "hello");
        assert_eq!(client.read_response().lines(), ["1 anna: hello"]);
        assert_eq!(client.get("/lines?since=1").lines(), [""; 0]);
    });
}

#[test]
fn line_outside_the_range_does_not_end_a_long_poll() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut client = HttpClient::connect(&chat);
        let begun = Instant::now();
        client.send(get("/lines?since=0&until=0&wait=1"));
        let mut other = HttpClient::connect(&chat);
        let mut said = 0;
        while begun.elapsed() < Duration::from_millis(500) {
            said += other.post("/lines?name=anna", "hello").lines().len();
        }
        assert_eq!(client.read_response().lines(), [""; 0]);
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(1), "{took:?} with {said} lines");
    });
}

#[test]
fn hundred_waiting_clients_get_the_requested_lines() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut crowd: Vec<_> = (0..100).map(|_| HttpClient::connect(&chat)).collect();
        for (number, client) in (0..).zip(&mut crowd) {
            let until = if number % 2 == 0 { "&until=1" } else { "" };
            client.send(get(&format!("/lines?since=0{until}&wait=60")));
        }
        HttpClient::connect(&chat).post("/lines?name=anna", "one\ntwo");
        for (number, client) in (0..).zip(&mut crowd) {
            let count = if number % 2 == 0 { 1 } else { 2 };
            assert_eq!(
                client.read_response().lines(),
                ["1 anna: one", "2 anna: two"][..count]
            );
        }
    });
}
