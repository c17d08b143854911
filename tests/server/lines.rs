//! Lines: everyone receives them, numbered, cleaned, and in the same order.

use std::thread;

use blocking_chat::base::line;

use crate::support::chat::{Chat, ChatClient, Endpoint, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_frame::{self, TEXT};
use crate::support::watchdog::within;

#[test]
fn line_has_the_same_number_for_everyone() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let mut ben = chat.member("ben");
        let mut cleo = chat.member("cleo");
        ben.say("hello");
        for member in [&mut anna, &mut ben, &mut cleo] {
            assert_eq!(member.receive_until("hello").pop().unwrap(), "4 ben: hello");
        }
        assert_eq!(cleo.say_and_receive("hi"), "5 cleo: hi");
        assert_eq!(anna.receive_line(), "5 cleo: hi");
    });
}

const TALKERS: [&str; 4] = ["anna", "ben", "cleo", "dora"];

/// The number of lines that each talker sends.
const LINES_EACH: u64 = 300;

/// Makes four members talk at the same time while two others only listen. Returns the lines that each of the six
/// received, without the join notices.
fn receive_while_all_talk(endpoint: Endpoint) -> Vec<Vec<String>> {
    let members: Vec<_> = TALKERS
        .into_iter()
        .chain(["emil", "fay"])
        .map(|name| (name, endpoint.member(name)))
        .collect();
    let receive_all = |(name, mut member): (&str, ChatClient)| {
        if TALKERS.contains(&name) {
            (1..=LINES_EACH).for_each(|count| member.say(&count.to_string()));
        }
        let mut received = member.receive_until_number(6 + 4 * LINES_EACH);
        received.retain(|line| !line.contains(" * "));
        received
    };
    thread::scope(|scope| {
        let threads: Vec<_> = members
            .into_iter()
            .map(|member| scope.spawn(move || receive_all(member)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

#[test]
fn all_members_receive_the_same_lines_in_the_same_order() {
    within(LIMIT, || {
        let chat = Chat::start();
        let received = receive_while_all_talk(chat.endpoint);
        let numbers: Vec<_> = received[0].iter().map(|line| line::number(line)).collect();
        // The first six numbers belong to the join notices.
        assert!(
            numbers
                .iter()
                .copied()
                .eq((7..=6 + 4 * LINES_EACH).map(Some))
        );
        assert!(received.iter().all(|lines| *lines == received[0]));
        for name in TALKERS {
            let own = format!(" {name}: ");
            let counts = received[0]
                .iter()
                .filter_map(|line| Some(line.split_once(&own)?.1));
            let in_order = (1..=LINES_EACH).map(|count| count.to_string());
            assert!(counts.eq(in_order), "the lines of {name} are out of order");
        }
    });
}

/// The payload of the frame has no newline.
#[test]
fn line_is_sent_as_one_unmasked_text_frame() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.raw_client("/?name=anna");
        anna.read_text().unwrap();
        anna.read_text().unwrap();
        anna.send_text("hello\n").unwrap();
        let frame = anna.read_frame(TIMEOUT).unwrap();
        assert_eq!((frame.fin, frame.opcode), (true, TEXT));
        assert_eq!(frame.payload, b"2 anna: hello");
    });
}

#[test]
fn lines_in_one_frame_are_said_one_by_one() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        anna.say("\r\n\none\r\ntwo\n\nthree\n");
        anna.say("");
        anna.say("\n");
        anna.say("four");
        let received = anna.receive_until("four");
        assert_eq!(
            received,
            [
                "2 anna: one",
                "3 anna: two",
                "4 anna: three",
                "5 anna: four"
            ]
        );
    });
}

#[test]
fn frame_may_have_a_thousand_lines() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        anna.say(&"x\n".repeat(1000));
        let received = anna.receive_until_number(1001);
        assert!(
            received
                .iter()
                .zip(2..)
                .all(|(line, number)| *line == format!("{number} anna: x"))
        );
        assert_eq!(received.len(), 1000);
    });
}

#[test]
fn fragments_form_one_message() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.raw_client("/?name=anna");
        // An é is split, and a Ping is sent between the fragments, as RFC 6455, section 5.4, allows.
        let fragments = [
            raw_frame::encode_as(0x01, b"caf\xC3"),
            raw_frame::encode(raw_frame::PING, b"?"),
            raw_frame::encode_as(0x00, b"\xA9\nsecond"),
            raw_frame::encode_as(0x80, b" line"),
        ];
        for fragment in fragments {
            anna.send_bytes(&fragment).unwrap();
        }
        let mut received: Vec<_> = (0..5)
            .map(|_| anna.read_frame(TIMEOUT).unwrap().text())
            .collect();
        let pong = received.iter().position(|text| text == "?").unwrap();
        received.remove(pong);
        assert_eq!(received[2..], ["2 anna: café", "3 anna: second line"]);
    });
}

#[test]
fn control_characters_except_tab_are_replaced() {
    within(LIMIT, || {
        let chat = Chat::start();
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.say("\x1B]0;title\x07 \u{9B}2J\x7F\0 tab\tstays\r.");
        let expected =
            "3 anna: \u{FFFD}]0;title\u{FFFD} \u{FFFD}2J\u{FFFD}\u{FFFD} tab\tstays\u{FFFD}.";
        assert_eq!(ben.receive_line(), expected);
        anna.receive_until(expected);
    });
}
