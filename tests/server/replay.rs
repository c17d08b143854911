//! The replay: the earlier lines that a joiner gets.

use crate::joining::welcome;
use crate::support::chat::{Chat, LIMIT};
use crate::support::watchdog::within;

#[test]
fn joiner_without_since_gets_no_earlier_lines() {
    within(LIMIT, || {
        let chat = Chat::start();
        chat.member("anna").say_and_receive("before");
        let mut ben = chat.connect("/?name=ben");
        welcome(&mut ben);
        assert!(
            ben.receive_until("* ben joined")
                .iter()
                .all(|line| !line.contains("before"))
        );
    });
}

#[test]
fn client_with_since_gets_missed_lines_then_live_lines() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        (2..=9).for_each(|number| anna.say(&number.to_string()));
        anna.receive_until_number(9);
        let mut ben = chat.connect("/?name=ben&since=6");
        let (_, room) = welcome(&mut ben);
        let lines = ["7 anna: 7", "8 anna: 8", "9 anna: 9", "10 * ben joined"];
        assert_eq!(ben.receive_until_number(10), lines);
        let mut cleo = chat.connect(&format!("/?name=cleo&since=8&room={room}"));
        welcome(&mut cleo);
        let lines = ["9 anna: 9", "10 * ben joined", "11 * cleo joined"];
        assert_eq!(cleo.receive_until_number(11), lines);
        assert_eq!(anna.say_and_receive("12"), "12 anna: 12");
        assert_eq!(cleo.receive_line(), "12 anna: 12");
    });
}

#[test]
fn gap_notice_counts_discarded_lines() {
    within(LIMIT, || {
        let chat = Chat::with(&["--history", "5"]);
        let mut anna = chat.member("anna");
        (2..=20).for_each(|number| anna.say(&number.to_string()));
        anna.receive_until_number(20);
        let mut ben = chat.connect("/?name=ben&since=3");
        welcome(&mut ben);
        assert_eq!(ben.receive_line(), "* 12 lines are gone");
        let lines: Vec<_> = (0..6).map(|_| ben.receive_line()).collect();
        assert_eq!(lines[0], "16 anna: 16");
        assert_eq!(lines[4..], ["20 anna: 20", "21 * ben joined"]);
    });
}

#[test]
fn joiner_from_another_room_gets_all_lines_and_a_notice() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        anna.say_and_receive("hello");
        for (target, number) in [
            ("/?name=ben&room=00000000&since=2", 3),
            ("/?name=cleo&since=4000", 4),
        ] {
            let mut member = chat.connect(target);
            welcome(&mut member);
            assert_eq!(member.receive_line(), "* this is another room");
            let lines = member.receive_until_number(number);
            assert_eq!(lines[..2], ["1 * anna joined", "2 anna: hello"]);
        }
    });
}
