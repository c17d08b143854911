//! `--when-behind drop`: a client that is behind stays, and the numbers show what it has missed.

use super::stage::{FLOOD, behind, chat, gaps, long_line, stalled};
use crate::support::chat::LIMIT;
use crate::support::process::SOON;
use crate::support::raw_frame::{PONG, TEXT};
use crate::support::wait::until;
use crate::support::watchdog::within;
use blocking_chat::line;

#[test]
fn who_is_behind_stays_and_sees_the_gap_and_loses_nothing_that_was_for_him_alone() {
    within(LIMIT, || {
        let options = [
            "--when-behind",
            "drop",
            "--backlog",
            "300000",
            "--write-timeout",
            "50",
        ];
        let chat = chat(&options);
        let mut slow = stalled(&chat, "slow");
        let mut anna = chat.member("anna");
        let mut newest = 0;
        for number in 0..FLOOD as u64 {
            if number % 12 == 0 {
                slow.send_text("/help").unwrap();
                slow.send_ping(&number.to_be_bytes()).unwrap();
            }
            newest = line::number(&anna.say_and_hear(&long_line())).unwrap();
        }
        assert_eq!(behind(&chat), 1);
        let (mut numbers, mut pongs, mut helps) = (Vec::new(), Vec::new(), 0);
        let asked: Vec<u64> = (0..FLOOD as u64).step_by(12).collect();
        // What it asked last may be answered behind the last line.
        while numbers.last() != Some(&newest) || pongs.len() < asked.len() {
            let frame = slow.read_frame(SOON).unwrap();
            match frame.opcode {
                TEXT => match line::number(&frame.text()) {
                    Some(number) => numbers.push(number),
                    None => helps += usize::from(frame.text().contains("/nick")),
                },
                PONG => pongs.push(u64::from_be_bytes(frame.payload.try_into().unwrap())),
                _ => panic!("{frame:?}"),
            }
        }
        let gaps = gaps(&numbers);
        println!("{} of {newest} lines, the gaps: {gaps:?}", numbers.len());
        // The oldest are dropped: what comes after the last gap is the newest without one.
        let (_, after) = gaps.last().expect("it has missed something");
        assert!(newest - after >= 5, "{gaps:?}");
        assert_eq!(pongs, asked);
        assert_eq!(helps, pongs.len());
        // Now it keeps up again, and misses nothing any more.
        until(|| behind(&chat), |&count| count == 0);
        for _ in 0..10 {
            let said = anna.say_and_hear("hello");
            assert_eq!(slow.read_text().unwrap(), said);
        }
        slow.send_text("here I am").unwrap();
        assert!(slow.read_text().unwrap().ends_with(" slow: here I am"));
    });
}
