//! Whoever comes while the server stops is not met with silence.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use blocking_chat::server::{Config, Seconds};

use crate::support::chat::{Chat, Door, LIMIT};
use crate::support::library::{Served, config};
use crate::support::process::{SOON, Signal};
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

/// How many clients come at the moment of a stop.
const RACERS: usize = 20;

/// How an upgrade may be met by a server that stops.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Met {
    /// The server was gone before it took the connection: the kernel refused it, or reset it without a word.
    Nobody,
    /// 503.
    ErrorResponse,
    /// 101, and then Close 1001.
    Goodbye,
}

fn target(number: usize) -> &'static str {
    if number % 2 == 0 { "/" } else { "/echo" }
}

/// Reads what comes of an upgrade that was asked for.
fn meet(client: &mut RawClient) -> Met {
    let head = match client.read_head(SOON) {
        Ok(head) => head,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => return Met::Nobody,
        Err(error) => panic!("silence: {error}"),
    };
    if head.starts_with("HTTP/1.1 503 ") {
        assert!(head.contains("\r\nRetry-After: "), "{head}");
        return Met::ErrorResponse;
    }
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    while client.read_frame(SOON).unwrap().close_code() != Some(1001) {}
    Met::Goodbye
}

/// Whether there is nothing to read but the end.
fn is_over(client: &RawClient) -> bool {
    client
        .stream()
        .peek(&mut [0])
        .is_ok_and(|length| length == 0)
}

fn race(door: Door, target: &str) -> Met {
    let Ok(mut client) = RawClient::connect(door.address) else {
        return Met::Nobody;
    };
    match client.request_upgrade(target) {
        // The reset is told once. Whoever reads after it sees the end of the stream, unless an answer came before it.
        Err(error) if error.kind() == ErrorKind::ConnectionReset && is_over(&client) => Met::Nobody,
        // The answer may have come already, and the end behind it.
        _ => meet(&mut client),
    }
}

#[test]
fn an_upgrade_that_races_the_stop_gets_a_503_or_a_101_and_its_1001_and_never_silence() {
    within(LIMIT, || {
        let mut met = BTreeMap::new();
        for round in 0..50 {
            let mut server = Served::alone(Config {
                // Nobody takes so long on purpose, but a busy machine may take a while to let everybody have his turn.
                close_timeout: Seconds::new(10),
                ..config()
            });
            let (door, start) = (server.door, Barrier::new(RACERS + 1));
            thread::scope(|scope| {
                let racers: Vec<_> = (0..RACERS)
                    .map(|number| {
                        let start = &start;
                        scope.spawn(move || {
                            start.wait();
                            race(door, target(number))
                        })
                    })
                    .collect();
                start.wait();
                // A little later in each round, so that the stop meets them at every step of their way.
                thread::sleep(Duration::from_micros(20 * round));
                server.handle.stop();
                for racer in racers {
                    *met.entry(racer.join().unwrap()).or_insert(0) += 1;
                }
            });
            server.wait().unwrap();
        }
        assert!(met.contains_key(&Met::ErrorResponse), "{met:?}");
        assert!(met.contains_key(&Met::Goodbye), "{met:?}");
    });
}

#[test]
fn whoever_was_waiting_to_be_accepted_when_the_stop_came_gets_an_answer() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[]);
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
        let mut met = BTreeMap::new();
        for racer in &mut racers {
            *met.entry(meet(racer)).or_insert(0) += 1;
        }
        assert_eq!(met.get(&Met::Nobody), None, "{met:?}");
        drop(racers);
        assert_eq!(chat.program.wait(SOON).unwrap().code(), Some(0));
    });
}
