//! Joining while others talk: no line is lost or duplicated between the replay and the live lines.

use std::thread;

use blocking_chat::base::line;
use crossbeam_channel::{TryRecvError, bounded};

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::watchdog::within;

/// Makes three members talk while `work` runs. Each waits for its receipts before it sends more, so they talk only as
/// fast as the server allows.
fn while_others_talk(endpoint: Endpoint, work: impl FnOnce()) {
    // If `work` panics, `over` is dropped too, so the talkers end.
    let (over, is_over) = bounded::<()>(0);
    let talkers = ["talker-1", "talker-2", "talker-3"].map(|name| {
        let (mut talker, is_over) = (endpoint.member(name), is_over.clone());
        thread::spawn(move || {
            while is_over.try_recv() == Err(TryRecvError::Empty) {
                talker.say("one\ntwo\nthree\nmark");
                talker.receive_until(&format!("{name}: mark"));
            }
        })
    });
    work();
    drop(over);
    talkers
        .into_iter()
        .for_each(|talker| talker.join().unwrap());
}

/// Joins and reads `count` lines, whose numbers must follow `newest` without a gap. Returns the last number.
fn follow(endpoint: Endpoint, target: &str, mut newest: u64, count: usize) -> u64 {
    let mut member = endpoint.connect(target);
    assert!(member.receive_line().starts_with("* you are "));
    for _ in 0..count {
        let line = member.receive_line();
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
fn joiner_misses_no_line_while_others_talk() {
    within(LIMIT, || {
        let chat = Chat::with(&["--history", "100000"]);
        let first = chat.member("first").say_and_receive("hello");
        let newest = line::number(&first).unwrap();
        let endpoint = chat.endpoint;
        while_others_talk(endpoint, || {
            thread::scope(|scope| {
                for _ in 0..4 {
                    // Each client rejoins repeatedly and requests the lines after its last number.
                    scope.spawn(move || {
                        (0..40).fold(newest, |newest, _| {
                            follow(endpoint, &format!("/?since={newest}"), newest, 30)
                        })
                    });
                }
            });
        });
    });
}

#[test]
fn client_that_has_received_its_101_is_a_member() {
    within(LIMIT, || {
        let chat = Chat::start();
        let mut anna = chat.member("anna");
        while_others_talk(chat.endpoint, || {
            for count in 0..150 {
                let mut ben = chat.raw_client("/");
                let text = format!("welcome number {count}");
                anna.say(&text);
                while !ben.read_text().unwrap().ends_with(&text) {}
                anna.receive_until(&text);
            }
        });
    });
}

#[test]
fn joiner_without_since_misses_nothing_after_its_first_line() {
    within(LIMIT, || {
        let chat = Chat::start();
        while_others_talk(chat.endpoint, || {
            for _ in 0..30 {
                let mut member = chat.connect("/");
                assert!(member.receive_line().starts_with("* you are "));
                let first = line::number(&member.receive_line()).unwrap();
                let mut last = first;
                for _ in 0..20 {
                    last += 1;
                    assert_eq!(line::number(&member.receive_line()), Some(last));
                }
            }
        });
    });
}

/// After the reply to the Close, the stream ends without a reset.
#[test]
fn leaving_while_others_talk_loses_no_receipt() {
    within(LIMIT, || {
        let chat = Chat::start();
        while_others_talk(chat.endpoint, || {
            for count in 0..30 {
                let mut ben = chat.raw_client("/");
                let text = format!("goodbye number {count}");
                ben.send_text(&text).unwrap();
                ben.send_close(1000, "").unwrap();
                let mut has_receipt = false;
                loop {
                    let frame = ben.read_frame(TIMEOUT).unwrap();
                    if let Some(code) = frame.close_code() {
                        assert_eq!(code, 1000);
                        break;
                    }
                    has_receipt |= frame.text().ends_with(&text);
                }
                assert!(has_receipt, "the Close arrived before the receipt");
                assert_eq!(ben.read_to_end(TIMEOUT).unwrap(), b"");
            }
        });
    });
}
