//! A client with more unsent bytes than the backlog allows.

use std::thread;

use super::stalled_clients::{
    FLOOD, behind, chat, gaps, long_line, read_up_to, stalled, try_stalled,
};
use crate::support::chat::{Chat, ChatClient, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::resources::{descriptors, threads};
use crate::support::wait::{Pace, retry_on_delay, until};
use crate::support::watchdog::within;

/// Sends far more than fits into the backlog of a client that does not read. Returns the lines that `listener` has
/// received.
fn flood(talker: &mut ChatClient, listener: &mut ChatClient) -> Vec<String> {
    let mut received = Vec::new();
    for _ in 0..FLOOD {
        let said = talker.say_and_receive(&long_line());
        received.extend(listener.receive_until(&said));
    }
    received
}

fn small(options: &[&str]) -> Chat {
    // A single writer serves its clients in the order in which they joined. Therefore, once a later client has received
    // the end of the flood, the server has already disconnected an earlier client that did not keep up.
    let common = [
        "--writers",
        "1",
        "--backlog",
        "100000",
        "--close-timeout",
        "0.3",
    ];
    chat(&[&common, options].concat())
}

#[test]
fn slow_consumer_says_nothing_once_disconnected() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "1000"]);
        let mut slow = stalled(&chat, "slow");
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        flood(&mut anna, &mut ben);
        slow.send_text("too late\ntoo late again").unwrap();
        slow.send_text("and again").unwrap();
        // The other members get the `left` notice even before the slow client reads its Close.
        let received = ben.receive_until("* slow left");
        assert_eq!(received.len(), 1, "{received:?}");
        let received = read_up_to(&mut slow, u64::MAX);
        let (code, reason) = received.close.unwrap();
        assert_eq!((code, gaps(&received.numbers)), (1008, vec![]));
        assert!(reason.starts_with("too slow"), "{reason}");
        anna.receive_until("* slow left");
        assert_eq!(anna.say_and_receive("hello"), ben.receive_line());
    });
}

/// In each of two rounds, floods the room so that a slow client is disconnected, and passes this client to `react`.
/// Then waits until the server has released the connection's thread and descriptor.
fn assert_resources_are_released(chat: &Chat, react: impl Fn(RawClient) -> Option<RawClient>) {
    let pid = chat.program.id();
    let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
    until(|| threads(pid, "conn-"), |&threads| threads == 2);
    let before = descriptors(pid);
    for _ in 0..2 {
        // The second slow client can join only after the server has released the first slow client's permit.
        let slow = until(|| try_stalled(chat, "slow"), Result::is_ok).unwrap();
        flood(&mut anna, &mut ben);
        let kept = react(slow);
        until(
            || (threads(pid, "conn-"), behind(chat), descriptors(pid)),
            |now| *now == (2, 0, before),
        );
        let line = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(line.ends_with("too slow: its backlog was full"), "{line}");
        drop(kept);
    }
}

#[test]
fn slow_consumer_that_reads_1008_and_leaves_keeps_no_resources() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "1000", "--max-connections", "3"]);
        assert_resources_are_released(&chat, |mut slow| {
            assert_eq!(read_up_to(&mut slow, u64::MAX).close.unwrap().0, 1008);
            None
        });
    });
}

#[test]
fn slow_consumer_that_reads_1008_and_stays_keeps_no_resources() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "1000", "--max-connections", "3"]);
        assert_resources_are_released(&chat, |mut slow| {
            assert_eq!(read_up_to(&mut slow, u64::MAX).close.unwrap().0, 1008);
            Some(slow)
        });
    });
}

/// The write timeout ends the connection.
#[test]
fn slow_consumer_that_never_reads_again_keeps_no_resources() {
    let scenario = || {
        let chat = small(&["--write-timeout", "0.5", "--max-connections", "3"]);
        assert_resources_are_released(&chat, Some);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn slow_consumer_that_vanishes_keeps_no_resources() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "1000", "--max-connections", "3"]);
        assert_resources_are_released(&chat, |slow| {
            drop(slow);
            None
        });
    });
}

/// The client does not get the whole replay, which is one block, so it never gets the Close after this block.
#[test]
fn client_that_reads_its_last_block_too_slowly_is_disconnected() {
    let scenario = || {
        let chat = small(&["--write-timeout", "0.5"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        flood(&mut anna, &mut ben);
        // The replay of the kept lines is one block of a megabyte.
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        slow.upgrade("/?name=slow&since=0").unwrap();
        let reading = thread::spawn(move || {
            let pace = Pace::new(500);
            let mut taken = 0;
            // At half a megabyte per second, no write reaches the write timeout. But once the backlog is full, the
            // write timeout plus the close timeout is too short for the rest of the block.
            while let Ok(bytes) = slow.read_bytes(1000) {
                taken += bytes.len();
                pace.wait_until_due(taken);
            }
            taken
        });
        flood(&mut anna, &mut ben);
        let line = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(line.ends_with("too slow: its backlog was full"), "{line}");
        let taken = reading.join().unwrap();
        assert!(taken < 1_000_000, "{taken} bytes");
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn line_longer_than_the_backlog_disconnects_no_reader() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--max-message", "1000000", "--backlog", "1000"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        // The first line fills the socket, so the second one is queued.
        let long = "x".repeat(900_000);
        for _ in 0..10 {
            anna.say(&long);
            anna.say(&long);
            for member in [&mut anna, &mut ben] {
                (0..2).for_each(|_| assert!(member.receive_line().len() > long.len()));
            }
        }
        assert_eq!(anna.say_and_receive("hello"), ben.receive_line());
    });
}
