//! Notices of joining, leaving and renaming: which ones are sent, and to which members.

use std::time::Instant;

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

#[test]
fn joining_leaving_and_renaming_are_announced() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut ben = chat.member("ben");
        ben.say("/nick benno");
        assert_eq!(ben.receive_line(), "3 * ben is now benno");
        ben.leave();
        let received: Vec<_> = (0..3).map(|_| anna.receive_line()).collect();
        assert_eq!(
            received,
            ["2 * ben joined", "3 * ben is now benno", "4 * benno left"]
        );
    });
}

#[test]
fn joiner_gets_its_join_notice_after_the_missed_lines() {
    within(LIMIT, || {
        let chat = Chat::start();
        chat.member("anna").say_and_receive("hello");
        let mut ben = chat.connect("/?name=ben&since=1");
        assert!(ben.receive_line().starts_with("* you are ben in room "));
        assert_eq!(ben.receive_line(), "2 anna: hello");
        ben.receive_until(" * ben joined");
    });
}

#[test]
fn leaving_client_gets_no_notice_that_it_left() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let ends: [fn(&mut RawClient); 2] = [
            |ben| ben.send_close(1000, "").unwrap(),
            |ben| ben.end_sending().unwrap(),
        ];
        for end in ends {
            let mut ben = chat.raw_client("/?name=ben");
            end(&mut ben);
            let bytes = ben.read_to_end(TIMEOUT).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(
                text.contains("* ben joined") && !text.contains("left"),
                "{text:?}"
            );
            anna.receive_until("* ben left");
        }
    });
}

#[test]
fn client_that_ends_without_a_close_is_announced_as_left() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        drop(chat.raw_client("/?name=ben"));
        anna.receive_until("* ben left");
        let half = chat.raw_client("/?name=cleo");
        half.end_sending().unwrap();
        anna.receive_until("* cleo left");
    });
}

/// The server announces up to 20 joins and leaves per second. If the crowd takes several seconds to join, more than 20
/// joins may be announced.
#[test]
fn most_joins_of_a_sudden_crowd_are_not_announced() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let begun = Instant::now();
        let crowd: Vec<_> = (0..150).map(|_| chat.raw_client("/?name=x")).collect();
        let received = anna.receive_pong();
        let seconds = begun.elapsed().as_secs() as usize + 1;
        let joins = received
            .iter()
            .filter(|line| line.ends_with(" joined"))
            .count();
        assert!(
            (19..=20 * (seconds + 1)).contains(&joins),
            "{joins} of 150 joins were announced in {seconds} s"
        );
        drop(crowd);
    });
}

#[test]
fn join_of_the_101st_member_is_not_announced() {
    within(LIMIT, || {
        let chat = Chat::start();
        let crowd: Vec<_> = (0..100).map(|_| chat.raw_client("/")).collect();
        let mut anna = chat.connect("/?name=anna");
        let mut received = vec![anna.receive_line()];
        received.extend(anna.receive_pong());
        assert_eq!(received.len(), 1, "{received:?}");
        drop(crowd);
    });
}
