//! Polling, long polling, POST and WebSocket share one room.

use std::collections::BTreeMap;
use std::thread;

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::watchdog::within;

/// The number of lines that each of the four speakers sends.
const LINES_EACH: u64 = 120;

/// The number of the speakers' last line. Three join notices also have numbers.
const LAST_NUMBER: u64 = 4 * LINES_EACH + 3;

fn say_over_websocket(endpoint: Endpoint, name: &str) {
    let mut member = endpoint.member(name);
    (0..LINES_EACH).for_each(|count| member.say(&count.to_string()));
    member.receive_until_number(LAST_NUMBER);
}

/// Posts lines two at a time and returns the receipts.
fn say_over_http(endpoint: Endpoint, name: &str) -> Vec<String> {
    let mut client = HttpClient::connect(&endpoint);
    let said = (0..LINES_EACH).step_by(2).flat_map(|count| {
        let body = format!("{count}\n{}", count + 1);
        let response = client.post(&format!("/lines?name={name}"), &body);
        response
            .lines()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    said.collect()
}

/// Requests lines repeatedly, until all of them have arrived. Each query ends with `wait`.
fn receive_over_http(endpoint: Endpoint, wait: &str) -> Vec<String> {
    let mut client = HttpClient::connect(&endpoint);
    let mut received = Vec::new();
    while (received.len() as u64) < LAST_NUMBER {
        let response = client.get(&format!("/lines?since={}{wait}", received.len()));
        received.extend(response.lines().into_iter().map(str::to_owned));
    }
    // A response may also contain the leave notices of clients that have finished.
    received.truncate(LAST_NUMBER as usize);
    received
}

#[test]
fn all_techniques_return_the_same_numbered_lines() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let endpoint = chat.endpoint;
        let mut listener = chat.connect("/?name=listener&since=0");
        listener.receive_line();
        thread::scope(|scope| {
            let polled = scope.spawn(move || receive_over_http(endpoint, ""));
            let waited = scope.spawn(move || receive_over_http(endpoint, "&wait=60"));
            scope.spawn(move || say_over_websocket(endpoint, "anna"));
            scope.spawn(move || say_over_websocket(endpoint, "ben"));
            let receipts =
                ["cleo", "dora"].map(|name| scope.spawn(move || say_over_http(endpoint, name)));
            let received = listener.receive_until_number(LAST_NUMBER);
            assert_eq!(received.len() as u64, LAST_NUMBER);
            assert_eq!(polled.join().unwrap(), received);
            assert_eq!(waited.join().unwrap(), received);
            let by_number: BTreeMap<_, _> = received.iter().map(|line| (line, ())).collect();
            for receipt in receipts
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
            {
                assert!(by_number.contains_key(&receipt), "{receipt}");
            }
            for name in ["anna", "ben", "cleo", "dora"] {
                let own = format!(" {name}: ");
                let said = received
                    .iter()
                    .filter_map(|line| Some(line.split_once(&own)?.1));
                assert!(
                    said.eq((0..LINES_EACH).map(|count| count.to_string())),
                    "{name}"
                );
            }
        });
    });
}
