//! Joining while others talk: no line is lost between the past and the present, and none comes twice.

use std::thread;

use blocking_chat::base::line;
use crossbeam_channel::{TryRecvError, bounded};

use crate::support::chat::{Chat, Door, LIMIT};
use crate::support::process::SOON;
use crate::support::watchdog::within;

/// Has three people talk for as long as `work` takes. Each waits for his receipt before he goes on, so the storm is as
/// fast as the server and never fills its history.
fn while_others_talk(door: Door, work: impl FnOnce()) {
    // Dropped also when `work` panics: the talkers must not talk for ever then.
    let (over, is_over) = bounded::<()>(0);
    let talkers = ["talker-1", "talker-2", "talker-3"].map(|name| {
        let (mut talker, is_over) = (door.member(name), is_over.clone());
        thread::spawn(move || {
            while is_over.try_recv() == Err(TryRecvError::Empty) {
                talker.say("one\ntwo\nthree\nmark");
                talker.hear_until(&format!("{name}: mark"));
            }
        })
    });
    work();
    drop(over);
    talkers
        .into_iter()
        .for_each(|talker| talker.join().unwrap());
}

/// Reads lines until there are so many with a number; each must follow the one before it.
fn follow(door: Door, target: &str, mut newest: u64, count: usize) -> u64 {
    let mut member = door.asking(target);
    assert!(member.hear().starts_with("* you are "));
    for _ in 0..count {
        let line = member.hear();
        assert_eq!(
            line::number(&line),
            Some(newest + 1),
            "{line:?} after {newest}"
        );
        newest += 1;
    }
    newest
}

#[test]
fn a_joiner_misses_no_line_while_others_talk() {
    within(LIMIT, || {
        let chat = Chat::with(&["--history", "100000"]);
        let first = chat.member("first").say_and_hear("hello");
        let newest = line::number(&first).unwrap();
        let door = chat.door;
        while_others_talk(door, || {
            thread::scope(|scope| {
                for _ in 0..4 {
                    // Each comes back again and again, to where he has been.
                    scope.spawn(move || {
                        (0..40).fold(newest, |newest, _| {
                            follow(door, &format!("/?since={newest}"), newest, 30)
                        })
                    });
                }
            });
        });
    });
}

#[test]
fn whoever_has_seen_his_101_is_in_the_room() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        while_others_talk(chat.door, || {
            for count in 0..150 {
                let mut ben = chat.raw("/");
                let text = format!("welcome number {count}");
                anna.say(&text);
                while !ben.read_text().unwrap().ends_with(&text) {}
                anna.hear_until(&text);
            }
        });
    });
}

#[test]
fn a_joiner_without_since_misses_nothing_from_his_first_line_on() {
    within(LIMIT, || {
        let chat = Chat::start();
        while_others_talk(chat.door, || {
            for _ in 0..30 {
                let mut member = chat.asking("/");
                assert!(member.hear().starts_with("* you are "));
                let first = line::number(&member.hear()).unwrap();
                let mut last = first;
                for _ in 0..20 {
                    last += 1;
                    assert_eq!(line::number(&member.hear()), Some(last));
                }
            }
        });
    });
}

#[test]
fn who_leaves_in_the_middle_of_a_storm_gets_his_receipts_and_a_clean_end() {
    within(LIMIT, || {
        let chat = Chat::start();
        while_others_talk(chat.door, || {
            for count in 0..30 {
                let mut ben = chat.raw("/");
                let text = format!("goodbye number {count}");
                ben.send_text(&text).unwrap();
                ben.send_close(1000, "").unwrap();
                let mut has_receipt = false;
                loop {
                    let frame = ben.read_frame(SOON).unwrap();
                    if let Some(code) = frame.close_code() {
                        assert_eq!(code, 1000);
                        break;
                    }
                    has_receipt |= frame.text().ends_with(&text);
                }
                assert!(has_receipt, "the Close came before the receipt");
                assert_eq!(ben.read_to_end(SOON).unwrap(), b"");
            }
        });
    });
}
