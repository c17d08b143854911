//! Private messages. A flood of private messages must not get its recipient disconnected.

use crate::mine::LIMIT;
use crate::support::chat::Chat;
use crate::support::raw_client::RawClient;
use crate::support::watchdog::within;

const UNKNOWN: &str = "is not a command";

#[test]
#[ignore = "an exercise: src/server/room/commands.rs"]
fn private_message_reaches_its_recipient_only() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut members = ["anna", "ben", "carl"].map(|name| chat.member(name));
        let [anna, ben, carl] = &mut members;
        for member in [&mut *anna, &mut *ben] {
            member.receive_until(" * carl joined");
        }
        anna.say("/msg ben hello");
        let receipt = anna.receive_line();
        assert!(
            !receipt.contains(UNKNOWN),
            "Anna sent /msg and received: {receipt}"
        );
        assert!(
            receipt.starts_with("* ") && receipt.ends_with(" hello"),
            "{receipt}"
        );
        let received = ben.receive_line();
        assert!(
            received.starts_with("* anna ") && received.ends_with(" hello"),
            "{received}"
        );
        // The message has used up no number, and Carl has not received it.
        assert_eq!(anna.say_and_receive("hello all"), "4 anna: hello all");
        assert_eq!(carl.receive_line(), "4 anna: hello all");
        anna.say("/msg dora hello");
        let answer = anna.receive_line();
        assert!(
            answer.starts_with("* ") && answer.contains("dora"),
            "{answer}"
        );
    });
}

/// The server has its default options: a backlog of 1 MiB, and at most 16 KiB in a message. Ben's client reads nothing.
#[test]
#[ignore = "an exercise: src/server/room"]
fn private_messages_disconnect_no_member() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let mut ben = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        ben.upgrade("/?name=ben").unwrap();
        let mut anna = chat.member("anna");
        let message = format!("/msg ben {}", "x".repeat(16_000));
        for _ in 0..200 {
            anna.say(&message);
            let received = anna.receive_pong();
            let is_unknown = received.iter().any(|line| line.contains(UNKNOWN));
            assert!(!is_unknown, "Anna sent /msg and received: {received:?}");
        }
        // Ben's client is still a member, so everyone receives its line.
        ben.send_text("still here").unwrap();
        let received = anna.receive_line();
        assert!(
            received.ends_with(" ben: still here"),
            "Ben was disconnected: {received}"
        );
    });
}
