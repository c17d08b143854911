//! A client that stops reading delays no other client.

use blocking_chat::base::line;

use crate::support::chat::{Chat, ChatClient, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::TEXT;
use crate::support::resources;
use crate::support::threads::{self, Call};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The length of a long line in bytes. `FLOOD` such lines are 4 MB, far more than a socket holds.
const LONG: usize = 10_000;
const FLOOD: u64 = 400;

/// Starts a server with a member that reads nothing and has a small receive buffer.
fn stalled(options: &[&str]) -> (Chat, RawClient) {
    let chat = Chat::ours(&[&["--write-timeout", "1000"], options].concat());
    let mut client = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
    client.upgrade("/?name=stalled").unwrap();
    (chat, client)
}

fn catch_ups(chat: &Chat) -> usize {
    resources::threads(chat.program.id(), "catch-up-")
}

/// Sends a long line, and waits until `talker` and `listener` have received it. Returns the line's number.
fn talk(talker: &mut ChatClient, listener: &mut ChatClient) -> u64 {
    talker.say(&"x".repeat(LONG));
    let line = talker.receive_line();
    assert_eq!(listener.receive_line(), line);
    line::number(&line).unwrap()
}

/// Reads up to the Close that the stalled client gets. Checks that the line numbers have no gap. Returns the last
/// number, and the Close's code and reason.
fn read_all(client: &mut RawClient) -> (u64, u16, String) {
    let mut last = None;
    loop {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode == TEXT {
            let number = line::number(&frame.text());
            assert!(
                last.is_none() || number == last.map(|last| last + 1),
                "{number:?} after {last:?}"
            );
            last = number;
        } else {
            let reason = String::from_utf8(frame.payload[2..].to_vec()).unwrap();
            return (last.unwrap(), frame.close_code().unwrap(), reason);
        }
    }
}

/// Reads up to the line with this number. Checks that the numbers have no gap.
fn read_up_to(client: &mut RawClient, newest: u64) {
    let mut number = None;
    while number != Some(newest) {
        let next = line::number(&client.read_text().unwrap());
        assert!(number.is_none() || next == number.map(|number| number + 1));
        number = next;
    }
}

/// In the end, the slow consumer gets Close 1008.
#[test]
fn slow_consumer_delays_nobody() {
    within(LIMIT, || {
        let (chat, mut stalled) = stalled(&["--backlog", "3000000"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        let newest = (0..FLOOD).map(|_| talk(&mut anna, &mut ben)).last();
        assert_eq!(newest, Some(FLOOD + 3));
        let (last, code, reason) = read_all(&mut stalled);
        // The client gets the lines that were already in the kernel. The Close has replaced the lines that were queued
        // in the server.
        assert!(last < FLOOD / 3, "the stalled client got {last} lines");
        assert_eq!(code, 1008);
        assert!(reason.contains("too slow"), "{reason}");
        assert_eq!(stalled.read_to_end(TIMEOUT).unwrap(), b"");
        drop(stalled);
        until(|| catch_ups(&chat), |&threads| threads == 0);
        ben.receive_until("* stalled left");
    });
}

/// The thread ends when its client has caught up.
#[test]
fn one_catch_up_thread_serves_a_client_while_it_is_behind() {
    within(LIMIT, || {
        let (chat, mut stalled) = stalled(&["--backlog", "100000000"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        assert_eq!(catch_ups(&chat), 0);
        let newest = (0..3 * FLOOD)
            .map(|_| talk(&mut anna, &mut ben))
            .last()
            .unwrap();
        // The client reads a half of the lines, and then nothing until its socket is full again.
        let pid = chat.program.id();
        let is_writing = || threads::is_in(pid, "catch-up-1", Call::Write);
        until(is_writing, |&is_writing| is_writing);
        let first = threads::ids(pid, "catch-up-1");
        read_up_to(&mut stalled, newest / 2);
        until(is_writing, |&is_writing| is_writing);
        assert_eq!(threads::ids(pid, "catch-up-1"), first);
        read_up_to(&mut stalled, newest);
        until(|| catch_ups(&chat), |&threads| threads == 0);
        // Now the client keeps up again, and is a member like the others.
        stalled.send_text("here I am").unwrap();
        assert!(
            stalled
                .read_text()
                .unwrap()
                .ends_with(" stalled: here I am")
        );
        assert_eq!(catch_ups(&chat), 0);
    });
}

/// At most 64 clients may be behind at the same time. One client may fall behind more than 64 times, because it returns
/// its permit.
#[test]
fn client_that_has_caught_up_may_fall_behind_again() {
    within(LIMIT, || {
        let (chat, mut stalled) = stalled(&["--max-connections", "100"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        for _ in 0..=64 {
            let mut lines = (0..FLOOD).map(|_| talk(&mut anna, &mut ben));
            let newest = lines.find(|_| catch_ups(&chat) > 0).unwrap();
            read_up_to(&mut stalled, newest);
            until(|| catch_ups(&chat), |&threads| threads == 0);
        }
    });
}

/// The stream ends after the lines that were sent before the client left.
#[test]
fn client_that_leaves_while_behind_gets_all_earlier_lines() {
    within(LIMIT, || {
        let (chat, mut stalled) = stalled(&["--backlog", "100000000", "--close-timeout", "1000"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        (0..FLOOD).for_each(|_| _ = talk(&mut anna, &mut ben));
        stalled.end_sending().unwrap();
        anna.receive_until("* stalled left");
        read_up_to(&mut stalled, FLOOD + 3);
        assert_eq!(stalled.read_to_end(TIMEOUT).unwrap(), b"");
    });
}

#[test]
fn long_replay_is_complete_despite_a_small_backlog() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--backlog", "1000", "--write-timeout", "1000"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        (0..90).for_each(|_| _ = talk(&mut anna, &mut ben));
        let mut late = chat.connect("/?name=late&since=0");
        let lines = late.receive_until("* late joined");
        assert_eq!(line::number(lines.last().unwrap()), Some(93));
        assert_eq!(lines.len(), 94);
    });
}
