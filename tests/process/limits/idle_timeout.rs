//! The idle timeout. When a peer has been silent for half of it, the server sends a Ping. When a peer has been silent
//! for all of it, the server disconnects the peer, unless the peer is still receiving queued bytes.

use std::time::{Duration, Instant};

use crate::support::chat::{Chat, ChatClient, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{Frame, PING, PONG, TEXT, encode, encode_as};
use crate::support::resources::{descriptors, threads};
use crate::support::wait::{Pace, assert_once_in_ten, retry_on_delay, until};
use crate::support::watchdog::within;

const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

fn chat() -> Chat {
    Chat::ours(&["--idle-timeout", "1", "--close-timeout", "0.2"])
}

/// Returns the next frame that is not a text frame.
fn next_frame(client: &mut RawClient) -> Frame {
    loop {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode != TEXT {
            return frame;
        }
    }
}

/// No Ping arrives before the client has been silent for half of the idle timeout.
#[test]
fn silent_client_stays_while_it_answers_pings() {
    let scenario = || {
        let chat = chat();
        let mut silent_since = Instant::now();
        let begun = silent_since;
        let mut clients = ["/?name=anna", "/echo"].map(|target| chat.raw_client(target));
        for _ in 0..3 {
            let pings = clients.each_mut().map(next_frame);
            assert!(
                pings
                    .iter()
                    .all(|ping| ping.opcode == PING && ping.payload.is_empty())
            );
            assert!(
                silent_since.elapsed() >= IDLE_TIMEOUT / 2,
                "{:?}",
                silent_since.elapsed()
            );
            silent_since = Instant::now();
            for client in &mut clients {
                client.send_bytes(&encode(PONG, b"")).unwrap();
            }
        }
        assert!(begun.elapsed() >= IDLE_TIMEOUT * 3 / 2);
        for client in &mut clients {
            client.send_text("still here").unwrap();
            assert!(client.read_text().unwrap().ends_with("still here"));
        }
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn any_received_byte_is_a_sign_of_life() {
    let scenario = || {
        let chat = chat();
        let mut client = chat.raw_client("/echo");
        // The client answers each Ping with three more bytes of a text frame.
        let mut bytes = encode(TEXT, b"slow").into_iter();
        client.send_bytes(&[bytes.next().unwrap()]).unwrap();
        let mut pings = 0;
        let frame = loop {
            let frame = client.read_frame(TIMEOUT).unwrap();
            if frame.opcode != PING {
                break frame;
            }
            pings += 1;
            let answer: Vec<u8> = bytes.by_ref().take(3).collect();
            client.send_bytes(&answer).unwrap();
        };
        assert_eq!((frame.text(), pings), ("slow".to_owned(), 3));
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// The server does not disconnect the client before the idle timeout.
#[test]
fn vanished_client_is_disconnected_at_the_idle_timeout() {
    let scenario = || {
        let chat = chat();
        let pid = chat.program.id();
        // This client answers Pings while it waits for lines.
        let mut anna = chat.member("anna");
        until(|| threads(pid, "conn-"), |&threads| threads == 1);
        let before = descriptors(pid);
        let begun = Instant::now();
        let mut ben = chat.raw_client("/?name=ben");
        anna.receive_until("* ben joined");
        anna.receive_until("* ben left");
        assert!(begun.elapsed() >= IDLE_TIMEOUT, "{:?}", begun.elapsed());
        assert_eq!(next_frame(&mut ben).opcode, PING);
        // The server sends no Close to a vanished client.
        assert_eq!(ben.read_to_end(TIMEOUT).unwrap(), b"");
        let line = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(
            line.ends_with("gone: it was silent for the whole idle timeout"),
            "{line}"
        );
        until(
            || (threads(pid, "conn-"), descriptors(pid)),
            |now| *now == (1, before),
        );
        let silent = || {
            let begun = Instant::now();
            let carl = chat.raw_client("/?name=carl");
            anna.receive_until("* carl left");
            drop(carl);
            begun.elapsed()
        };
        assert_once_in_ten(silent, |after| *after < 2 * IDLE_TIMEOUT);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// Sends more bytes to the room than both sockets of a connection hold. The flood takes less time than the idle
/// timeout. Returns the member that sent the flood.
fn flood(chat: &Chat) -> ChatClient {
    let mut anna = chat.member("anna");
    let text = vec!["x".repeat(1000); 16].join("\n");
    for _ in 0..64 {
        anna.say(&text);
        (0..16).for_each(|_| while !anna.receive_line().ends_with("xx") {});
    }
    anna
}

#[test]
fn slow_but_steady_reader_is_not_idle() {
    let scenario = || {
        let chat = Chat::ours(&["--idle-timeout", "1"]);
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        slow.upgrade("/?name=slow").unwrap();
        drop(flood(&chat));
        let (pace, begun) = (Pace::new(80), Instant::now());
        // The bytes of the flood precede the server's Ping. At 80 kB per second, reading them takes longer than the idle
        // timeout.
        for taken in (4000..).step_by(4000) {
            slow.read_bytes(4000).unwrap();
            pace.wait_until_due(taken);
            if begun.elapsed() >= 3 * IDLE_TIMEOUT {
                break;
            }
        }
        let mut ben = chat.member("ben");
        slow.send_text("still here").unwrap();
        ben.receive_until("slow: still here");
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn peer_that_stops_reading_midway_is_disconnected() {
    let scenario = || {
        let chat = chat();
        let mut dead = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        dead.upgrade("/?name=dead").unwrap();
        let _anna = flood(&chat);
        let stopped = Instant::now();
        dead.read_bytes(50_000).unwrap();
        let line = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(
            line.ends_with("gone: it was silent for the whole idle timeout"),
            "{line}"
        );
        // The bytes that the peer reads postpone its disconnection by at most half of the idle timeout. The limit is
        // this high because the machine may be busy.
        assert!(
            stopped.elapsed() < 20 * IDLE_TIMEOUT,
            "{:?}",
            stopped.elapsed()
        );
        // The member that sent the flood may have received the `left` notice already, so the test polls the room.
        let mut client = HttpClient::connect(&chat);
        let is_left = |line: &&str| line.ends_with(" * dead left");
        until(
            || client.get("/lines").lines().iter().any(is_left),
            |left| *left,
        );
    };
    within(LIMIT, || retry_on_delay(scenario));
}

/// If the client is silent after the fragments, it is not charged for them again.
#[test]
fn fragments_are_charged_once() {
    within(LIMIT, || {
        let options = ["--idle-timeout", "1", "--lines-per-second", "20"];
        let chat = Chat::ours(&options);
        let from_ping_to_end = || {
            let mut client = chat.raw_client("/echo");
            // At 20 lines per second, the connection's thread pauses for two seconds after these fragments.
            let fragments = [encode_as(TEXT, b"slow"), encode_as(0, b"").repeat(41)];
            client.send_bytes(&fragments.concat()).unwrap();
            assert_eq!(client.read_frame(TIMEOUT).unwrap().opcode, PING);
            let pinged = Instant::now();
            assert!(client.read_frame(TIMEOUT).is_err());
            pinged.elapsed()
        };
        assert_once_in_ten(from_ping_to_end, |took| *took < 2 * IDLE_TIMEOUT);
    });
}
