//! A client that stops reading delays no other client.

use blocking_chat::base::line;

use super::stalled_clients::{behind, gaps, read_up_to, stalled};
use crate::support::chat::{Chat, ChatClient, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::threads::{self, Call};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The length of a long line in bytes. `FLOOD` such lines are 4 MB, far more than a socket holds.
const LONG: usize = 10_000;
const FLOOD: u64 = 400;

/// Starts a server with a member that reads nothing, and two members that do: anna and ben.
fn room(options: &[&str]) -> (Chat, RawClient, ChatClient, ChatClient) {
    let chat = Chat::ours(&[&["--write-timeout", "1000"], options].concat());
    let stalled = stalled(&chat, "stalled");
    let (mut anna, ben) = (chat.member("anna"), chat.member("ben"));
    anna.receive_until("* ben joined");
    (chat, stalled, anna, ben)
}

/// Sends a long line, and waits until `talker` and `listener` have received it. Returns the line's number.
fn talk(talker: &mut ChatClient, listener: &mut ChatClient) -> u64 {
    talker.say(&"x".repeat(LONG));
    let line = talker.receive_line();
    assert_eq!(listener.receive_line(), line);
    line::number(&line).unwrap()
}

/// Reads up to the line with this number. Checks that the line numbers have no gap, and that no Close arrives.
fn read_lines(client: &mut RawClient, newest: u64) {
    let received = read_up_to(client, newest);
    assert_eq!(gaps(&received.numbers), []);
    assert_eq!(received.close, None);
}

/// In the end, the slow consumer gets Close 1008.
#[test]
fn slow_consumer_delays_nobody() {
    within(LIMIT, || {
        let (chat, mut stalled, mut anna, mut ben) = room(&["--backlog", "3000000"]);
        let newest = (0..FLOOD).map(|_| talk(&mut anna, &mut ben)).last();
        assert_eq!(newest, Some(FLOOD + 3));
        let received = read_up_to(&mut stalled, u64::MAX);
        assert_eq!(gaps(&received.numbers), []);
        let last = *received.numbers.last().unwrap();
        let (code, reason) = received.close.unwrap();
        // The client gets the lines that were already in the kernel. The Close has replaced the lines that were queued
        // in the server.
        assert!(last < FLOOD / 3, "the stalled client got {last} lines");
        assert_eq!(code, 1008);
        assert!(reason.contains("too slow"), "{reason}");
        drop(stalled);
        until(|| behind(&chat), |&threads| threads == 0);
        ben.receive_until("* stalled left");
    });
}

/// The thread ends when its client has caught up.
#[test]
fn one_catch_up_thread_serves_a_client_while_it_is_behind() {
    within(LIMIT, || {
        let (chat, mut stalled, mut anna, mut ben) = room(&["--backlog", "100000000"]);
        assert_eq!(behind(&chat), 0);
        let newest = (0..3 * FLOOD)
            .map(|_| talk(&mut anna, &mut ben))
            .last()
            .unwrap();
        // The client reads half of the lines, and then nothing until its socket is full again.
        let pid = chat.program.id();
        let is_writing = || threads::is_in(pid, "catch-up-1", Call::Write);
        until(is_writing, |&is_writing| is_writing);
        let first = threads::ids(pid, "catch-up-1");
        read_lines(&mut stalled, newest / 2);
        until(is_writing, |&is_writing| is_writing);
        assert_eq!(threads::ids(pid, "catch-up-1"), first);
        read_lines(&mut stalled, newest);
        until(|| behind(&chat), |&threads| threads == 0);
        // Now the client keeps up again, and is a member like the others.
        stalled.send_text("here I am").unwrap();
        assert!(
            stalled
                .read_text()
                .unwrap()
                .ends_with(" stalled: here I am")
        );
        assert_eq!(behind(&chat), 0);
    });
}

/// At most 64 clients may be behind at the same time. One client may fall behind more than 64 times, because it returns
/// its permit.
#[test]
fn client_that_has_caught_up_may_fall_behind_again() {
    within(LIMIT, || {
        let (chat, mut stalled, mut anna, mut ben) = room(&["--max-connections", "100"]);
        for _ in 0..=64 {
            let mut lines = (0..FLOOD).map(|_| talk(&mut anna, &mut ben));
            let newest = lines.find(|_| behind(&chat) > 0).unwrap();
            read_lines(&mut stalled, newest);
            until(|| behind(&chat), |&threads| threads == 0);
        }
    });
}

/// The stream ends after the lines that were sent before the client left.
#[test]
fn client_that_leaves_while_behind_gets_all_earlier_lines() {
    within(LIMIT, || {
        let (_chat, mut stalled, mut anna, mut ben) =
            room(&["--backlog", "100000000", "--close-timeout", "1000"]);
        (0..FLOOD).for_each(|_| _ = talk(&mut anna, &mut ben));
        stalled.end_sending().unwrap();
        anna.receive_until("* stalled left");
        read_lines(&mut stalled, FLOOD + 3);
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
