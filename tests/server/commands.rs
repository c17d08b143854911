//! Commands: lines that begin with a slash.

use crate::support::chat::{Chat, LIMIT};
use crate::support::watchdog::within;

#[test]
fn nick_changes_the_name_if_the_new_one_is_valid_and_free() {
    within(LIMIT, || {
        let chat = Chat::start();
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        for taken in ["/nick ben", "/nick a:b", "/nick"] {
            anna.say(taken);
            let answer = anna.receive_line();
            assert!(
                answer.starts_with("* ") && !answer.contains("is now"),
                "{answer}"
            );
        }
        anna.say("/nick Zo\u{EB}\nit is me");
        let lines = ["3 * anna is now Zoë", "4 Zoë: it is me"];
        assert_eq!([ben.receive_line(), ben.receive_line()], lines);
        assert_eq!([anna.receive_line(), anna.receive_line()], lines);
        chat.member("anna");
    });
}

#[test]
fn only_the_sender_of_a_who_command_gets_the_reply() {
    within(LIMIT, || {
        let chat = Chat::start();
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        anna.say("/who");
        let answer = anna.receive_line();
        assert!(answer.starts_with("* "), "{answer}");
        assert!(
            answer.contains("anna") && answer.contains("ben"),
            "{answer}"
        );
        assert_eq!(anna.say_and_receive("there"), "3 anna: there");
        assert_eq!(ben.receive_line(), "3 anna: there");
    });
}

#[test]
fn who_lists_a_hundred_names_and_counts_the_rest() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        let crowd: Vec<_> = (0..119).map(|_| chat.raw_client("/")).collect();
        anna.say("/who");
        let answer = anna.receive_pong().pop().unwrap();
        assert!(answer.ends_with(", and 20 more"), "{answer}");
        let names = answer.matches("guest-").count() + answer.matches("anna").count();
        assert_eq!(names, 100, "{answer}");
        drop(crowd);
    });
}

#[test]
fn help_names_every_command() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        anna.say("/help");
        let help = anna.receive_pong();
        assert!(help.iter().all(|line| line.starts_with("* ")), "{help:?}");
        for command in ["/nick", "/who", "/help", "//"] {
            assert!(
                help.iter().any(|line| line.contains(command)),
                "{command}: {help:?}"
            );
        }
    });
}

#[test]
fn only_the_sender_of_an_unknown_command_gets_the_reply() {
    within(LIMIT, || {
        let chat = Chat::start();
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.receive_until("* ben joined");
        anna.say("/msg ben a secret");
        let answer = anna.receive_line();
        assert!(
            answer.starts_with("* ") && answer.contains("/msg"),
            "{answer}"
        );
        anna.say("//msg is no command");
        assert_eq!(ben.receive_line(), "3 anna: /msg is no command");
    });
}
