//! Private messages. A member must not be able to use them to get another member disconnected.

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
            member.hear_until(" * carl joined");
        }
        anna.say("/msg ben hello");
        let receipt = anna.hear();
        assert!(
            !receipt.contains(UNKNOWN),
            "Anna sent /msg and heard: {receipt}"
        );
        assert!(
            receipt.starts_with("* ") && receipt.ends_with(" hello"),
            "{receipt}"
        );
        let heard = ben.hear();
        assert!(
            heard.starts_with("* anna ") && heard.ends_with(" hello"),
            "{heard}"
        );
        // The message has used up no number, and Carl has not received it.
        assert_eq!(anna.say_and_hear("hello all"), "4 anna: hello all");
        assert_eq!(carl.hear(), "4 anna: hello all");
        anna.say("/msg dora hello");
        let answer = anna.hear();
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
            let heard = anna.hear_pong();
            let is_unknown = heard.iter().any(|line| line.contains(UNKNOWN));
            assert!(!is_unknown, "Anna sent /msg and heard: {heard:?}");
        }
        // Ben's client is still a member, so everyone receives its line.
        ben.send_text("still here").unwrap();
        let heard = anna.hear();
        assert!(
            heard.ends_with(" ben: still here"),
            "Ben was disconnected: {heard}"
        );
    });
}
