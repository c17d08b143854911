//! A client that connects while the server stops gets a response, unless the server has already ended.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use blocking_chat::server::{Config, Seconds};

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::library::{EmbeddedServer, config};
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

/// The number of clients that connect at the time of a stop.
const RACERS: usize = 20;

/// A possible outcome of an upgrade while the server stops.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Outcome {
    /// The server ended before it accepted the connection: the kernel refused or reset it.
    NoConnection,
    /// The server responded with 503.
    Unavailable,
    /// The server responded with 101, and then sent Close 1001.
    Goodbye,
}

fn target(number: usize) -> &'static str {
    if number % 2 == 0 { "/" } else { "/echo" }
}

/// Reads the response to an upgrade request and, after a 101, the frames up to Close 1001. Returns the outcome.
fn read_outcome(client: &mut RawClient) -> Outcome {
    let head = match client.read_head(TIMEOUT) {
        Ok(head) => head,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => return Outcome::NoConnection,
        Err(error) => panic!("no response: {error}"),
    };
    if head.starts_with("HTTP/1.1 503 ") {
        assert!(head.contains("\r\nRetry-After: "), "{head}");
        return Outcome::Unavailable;
    }
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    while client.read_frame(TIMEOUT).unwrap().close_code() != Some(1001) {}
    Outcome::Goodbye
}

/// Returns whether the stream has ended.
fn has_ended(client: &RawClient) -> bool {
    client
        .stream()
        .peek(&mut [0])
        .is_ok_and(|length| length == 0)
}

fn race(endpoint: Endpoint, target: &str) -> Outcome {
    let Ok(mut client) = RawClient::connect(endpoint.address) else {
        return Outcome::NoConnection;
    };
    match client.request_upgrade(target) {
        // The send has reported the reset, and the system reports a reset only once. So the next read sees the end of
        // the stream, unless a response arrived before the reset.
        Err(error) if error.kind() == ErrorKind::ConnectionReset && has_ended(&client) => {
            Outcome::NoConnection
        }
        // Even after a failed send, the response and the end of the stream may have arrived.
        _ => read_outcome(&mut client),
    }
}

/// The response is a 503, or a 101 and then Close 1001. A connection that the server does not accept gets no response.
#[test]
fn upgrade_that_races_a_stop_gets_a_response() {
    within(LIMIT, || {
        let mut outcomes = BTreeMap::new();
        // On a busy machine, the clients of a round often connect either all before the stop or all after it. So the
        // test may need more than 50 rounds to see both outcomes.
        let has_both = |outcomes: &BTreeMap<Outcome, i32>| {
            [Outcome::Unavailable, Outcome::Goodbye]
                .iter()
                .all(|outcome| outcomes.contains_key(outcome))
        };
        for round in 0..1000 {
            if round >= 50 && has_both(&outcomes) {
                break;
            }
            let mut server = EmbeddedServer::alone(Config {
                // A client needs far less than 10 seconds, but a busy machine may take a while to run every thread.
                close_timeout: Seconds::new(10),
                ..config()
            });
            let (endpoint, start) = (server.endpoint, Barrier::new(RACERS + 1));
            thread::scope(|scope| {
                let racers: Vec<_> = (0..RACERS)
                    .map(|number| {
                        let start = &start;
                        scope.spawn(move || {
                            start.wait();
                            race(endpoint, target(number))
                        })
                    })
                    .collect();
                start.wait();
                // Over 50 rounds, the stop moves a little later each time, so it interrupts different steps of the
                // upgrades.
                thread::sleep(Duration::from_micros(20 * (round % 50)));
                server.handle.stop();
                for racer in racers {
                    *outcomes.entry(racer.join().unwrap()).or_insert(0) += 1;
                }
            });
            server.wait().unwrap();
        }
        assert!(has_both(&outcomes), "{outcomes:?}");
    });
}

#[test]
fn stop_answers_clients_that_were_not_yet_accepted() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--close-timeout", "1000"]);
        chat.program.signal(Signal::STOP).unwrap();
        let mut racers: Vec<_> = (0..200)
            .map(|number| {
                let mut client = RawClient::connect(chat.address).unwrap();
                client.request_upgrade(target(number)).unwrap();
                client
            })
            .collect();
        chat.program.signal(Signal::TERM).unwrap();
        chat.program.signal(Signal::CONT).unwrap();
        let mut outcomes = BTreeMap::new();
        for racer in &mut racers {
            *outcomes.entry(read_outcome(racer)).or_insert(0) += 1;
        }
        assert_eq!(outcomes.get(&Outcome::NoConnection), None, "{outcomes:?}");
        drop(racers);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}
