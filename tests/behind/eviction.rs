//! A client for which more waits than the backlog allows.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::stage::{FLOOD, behind, chat, gaps, long_line, read_up_to, stalled, try_stalled};
use crate::support::chat::{Chat, LIMIT, Member};
use crate::support::holdings::{descriptors, threads};
use crate::support::process::SOON;
use crate::support::raw_client::RawClient;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Has so much said that whoever does not read is far over this backlog, and returns what `listener` has heard.
fn flood(talker: &mut Member, listener: &mut Member) -> Vec<String> {
    let mut heard = Vec::new();
    for _ in 0..FLOOD {
        let said = talker.say_and_hear(&long_line());
        heard.extend(listener.hear_until(&said));
    }
    heard
}

fn small(options: &[&str]) -> Chat {
    // One writer serves its clients in the order in which they came. So when a later one has heard the end of the flood,
    // the first one has been given up, if it has not kept up.
    let common = [
        "--writers",
        "1",
        "--backlog",
        "100000",
        "--close-timeout",
        "0.3",
    ];
    chat(&[&common, options].concat())
}

#[test]
fn what_a_client_says_after_it_was_given_up_is_not_said_to_anybody() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "50"]);
        let mut slow = stalled(&chat, "slow");
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        flood(&mut anna, &mut ben);
        slow.send_text("too late\ntoo late again").unwrap();
        slow.send_text("and again").unwrap();
        // It does not matter for the others whether it ever reads its Close.
        let heard = ben.hear_until("* slow left");
        assert_eq!(heard.len(), 1, "{heard:?}");
        let heard = read_up_to(&mut slow, u64::MAX);
        let (code, reason) = heard.close.unwrap();
        assert_eq!((code, gaps(&heard.numbers)), (1008, vec![]));
        assert!(reason.starts_with("too slow"), "{reason}");
        anna.hear_until("* slow left");
        assert_eq!(anna.say_and_hear("hello"), ben.hear());
    });
}

/// Has a client given up, lets it react, and sees that all comes back that it had: thread, descriptor, place.
fn all_comes_back(chat: &Chat, react: impl Fn(RawClient) -> Option<RawClient>) {
    let pid = chat.program.id();
    let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
    until(|| threads(pid, "conn-"), |&threads| threads == 2);
    let before = descriptors(pid);
    for _ in 0..2 {
        // It gets its place only if the one before it has given it back.
        let slow = until(|| try_stalled(chat, "slow"), Result::is_ok).unwrap();
        flood(&mut anna, &mut ben);
        let kept = react(slow);
        until(
            || (threads(pid, "conn-"), behind(chat), descriptors(pid)),
            |now| *now == (2, 0, before),
        );
        let line = chat.program.stderr_line(SOON).unwrap();
        assert!(line.ends_with("too slow: its backlog was full"), "{line}");
        drop(kept);
    }
}

#[test]
fn all_comes_back_of_one_that_hears_that_it_was_too_slow_and_goes() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "50", "--max-connections", "3"]);
        all_comes_back(&chat, |mut slow| {
            assert_eq!(read_up_to(&mut slow, u64::MAX).close.unwrap().0, 1008);
            None
        });
    });
}

#[test]
fn all_comes_back_of_one_that_hears_it_and_stays() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "50", "--max-connections", "3"]);
        all_comes_back(&chat, |mut slow| {
            assert_eq!(read_up_to(&mut slow, u64::MAX).close.unwrap().0, 1008);
            Some(slow)
        });
    });
}

#[test]
fn all_comes_back_of_one_that_never_reads_again_after_the_write_timeout() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "0.5", "--max-connections", "3"]);
        all_comes_back(&chat, Some);
    });
}

#[test]
fn all_comes_back_of_one_that_vanishes() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "50", "--max-connections", "3"]);
        all_comes_back(&chat, |slow| {
            drop(slow);
            None
        });
    });
}

#[test]
fn one_that_takes_its_last_block_too_slowly_to_hear_of_it_is_gone_all_the_same() {
    within(LIMIT, || {
        let chat = small(&["--write-timeout", "0.5"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        flood(&mut anna, &mut ben);
        // The lines that are kept come as one block, of a megabyte.
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        slow.upgrade("/?name=slow&since=0").unwrap();
        let reading = thread::spawn(move || {
            let (_never, pace) = mpsc::channel::<()>();
            let mut taken = 0;
            // Half a megabyte a second: enough for the write timeout, and not for the rest of the block.
            while let Ok(bytes) = slow.read_bytes(1000) {
                taken += bytes.len();
                let _ = pace.recv_timeout(Duration::from_millis(2));
            }
            taken
        });
        flood(&mut anna, &mut ben);
        let line = chat.program.stderr_line(SOON).unwrap();
        assert!(line.ends_with("too slow: its backlog was full"), "{line}");
        let taken = reading.join().unwrap();
        assert!(taken < 1_000_000, "{taken} bytes");
    });
}

#[test]
fn a_line_longer_than_the_backlog_ends_nobody_who_reads() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--max-message", "1000000", "--backlog", "1000"]);
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        anna.hear_until("* ben joined");
        // The socket is full with the first line, and the second one waits.
        let long = "x".repeat(900_000);
        for _ in 0..10 {
            anna.say(&long);
            anna.say(&long);
            for member in [&mut anna, &mut ben] {
                (0..2).for_each(|_| assert!(member.hear().len() > long.len()));
            }
        }
        assert_eq!(anna.say_and_hear("hello"), ben.hear());
    });
}
