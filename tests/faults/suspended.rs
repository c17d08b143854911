//! A server that is suspended and resumes later, as on a laptop that was closed or a virtual machine that was migrated.

use std::io::ErrorKind;
use std::time::Duration;

use blocking_chat::base::line;

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::Signal;
use crate::support::raw_client::{RawClient, assert_nothing};
use crate::support::raw_frame::{PING, PONG, TEXT, encode};
use crate::support::resources;
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

/// The server's idle timeout in one test and its write timeout in the other, in seconds. [`SUSPENSION`] is longer.
const SERVER_TIMEOUT: &str = "1";
const SUSPENSION: Duration = Duration::from_millis(1500);

/// Answers Pings for this long. Returns the lines that arrive.
fn answer_pings(client: &mut RawClient, span: Duration) -> Vec<String> {
    let mut lines = Vec::new();
    let deadline = blocking_chat::base::deadline::Deadline::after(span);
    while let Some(left) = deadline.remaining() {
        match client.read_frame(left) {
            Ok(frame) if frame.opcode == PING => {
                client.send_bytes(&encode(PONG, &frame.payload)).unwrap();
            }
            Ok(frame) => {
                assert_eq!(frame.opcode, TEXT, "{frame:?}");
                lines.push(frame.text());
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
        }
    }
    lines
}

#[test]
fn resumed_server_disconnects_only_vanished_clients() {
    let scenario = || {
        let chat = Chat::ours(&["--idle-timeout", SERVER_TIMEOUT, "--close-timeout", "0.2"]);
        let mut anna = chat.raw_client("/?name=anna");
        let vanished = chat.raw_client("/?name=vanished");
        let mut received = Vec::new();
        while !received.contains(&"2 * vanished joined".to_owned()) {
            received.extend(answer_pings(&mut anna, Duration::from_millis(10)));
        }
        chat.program.signal(Signal::STOP).unwrap();
        assert_nothing(anna.read_frame(SUSPENSION));
        chat.program.signal(Signal::CONT).unwrap();
        received.clear();
        while !received.contains(&"3 * vanished left".to_owned()) {
            received.extend(answer_pings(&mut anna, Duration::from_millis(10)));
        }
        assert_eq!(received.len(), 1, "{received:?}");
        anna.send_text("still here").unwrap();
        assert_eq!(answer_pings(&mut anna, SUSPENSION), ["4 anna: still here"]);
        drop(vanished);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn client_that_reads_from_a_suspended_server_stays() {
    let scenario = || {
        let chat = Chat::ours(&["--write-timeout", SERVER_TIMEOUT, "--backlog", "100000000"]);
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        slow.upgrade("/?name=slow").unwrap();
        let mut anna = chat.raw_client("/?name=anna");
        let line = encode(TEXT, &[b'x'; 1000]);
        anna.send_bytes(&line.repeat(1500)).unwrap();
        let mut newest = None;
        while newest < Some(1502) {
            newest = line::number(&anna.read_text().unwrap());
        }
        until(
            || resources::threads(chat.program.id(), "catch-up-"),
            |&count| count == 1,
        );
        chat.program.signal(Signal::STOP).unwrap();
        // The client reads everything that the kernel holds. Then nothing arrives for longer than the write timeout.
        while slow.read_frame(SUSPENSION).is_ok() {}
        chat.program.signal(Signal::CONT).unwrap();
        let mut last = None;
        while last < Some(1502) {
            last = line::number(&slow.read_text().unwrap());
        }
    };
    within(LIMIT, || retry_on_delay(scenario));
}
