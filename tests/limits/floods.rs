//! `--lines-per-second`: whoever talks too fast is held back, loses nothing, and disturbs nobody.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use blocking_chat::server::connection::cost;

use crate::support::chat::{Chat, Door, LIMIT};
use crate::support::delays::{Delays, Pair};
use crate::support::process::SOON;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{PING, PONG, TEXT, encode, encode_as};
use crate::support::watchdog::within;

const PER_SECOND: usize = 2000;

/// So much that it takes more than a second.
const FLOOD: usize = 2500;

/// How many lines a frame of the flood has.
const IN_A_FRAME: usize = 10;

/// How long a flood takes at least: a tenth of a second's worth is free, and the last frame is not waited for.
fn shortest() -> Duration {
    Duration::from_secs_f64((FLOOD - IN_A_FRAME) as f64 / PER_SECOND as f64 - 0.1)
}

fn limited() -> Chat {
    Chat::ours(&["--lines-per-second", &PER_SECOND.to_string()])
}

/// Floods one server and not another, measures how long others' lines take in both at the same time, and compares.
fn compare(flood: impl FnOnce(Door) + Send) {
    let (flooded, quiet) = (limited(), limited());
    let (mut in_flooded, mut in_quiet) = (Pair::join(&flooded), Pair::join(&quiet));
    let is_over = AtomicBool::new(false);
    let (mut with, mut without) = (Delays::default(), Delays::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            flood(flooded.door);
            let took = begun.elapsed();
            is_over.store(true, Ordering::Relaxed);
            println!("the flood took {took:?}");
            assert!(took >= shortest(), "it was not held back: {took:?}");
        });
        while !is_over.load(Ordering::Relaxed) {
            with.add(in_flooded.delay());
            without.add(in_quiet.delay());
        }
    });
    println!("with the flood {with}\nwithout it     {without}");
    with.assert_not_worse_than(&without);
}

#[test]
fn a_flood_of_lines_is_held_back_and_heard_in_full_and_delays_nobody() {
    within(LIMIT, || {
        compare(|door| {
            let mut flooder = door.raw("/?name=flooder");
            let lines: Vec<_> = (0..FLOOD).map(|number| format!("flood {number}")).collect();
            for frame in lines.chunks(IN_A_FRAME) {
                flooder.send_text(&frame.join("\n")).unwrap();
            }
            let mut next = 0;
            while next < FLOOD {
                let line = flooder.read_text().unwrap();
                if let Some((_, said)) = line.split_once(" flooder: ") {
                    assert_eq!(said, lines[next]);
                    next += 1;
                }
            }
        });
    });
}

#[test]
fn a_flood_of_pings_is_held_back_and_answered_in_full_and_delays_nobody() {
    within(LIMIT, || {
        compare(|door| {
            let mut flooder = door.raw("/?name=flooder");
            let pings = (0..FLOOD).flat_map(|number| encode(PING, &number.to_be_bytes()));
            flooder.send_bytes(&pings.collect::<Vec<_>>()).unwrap();
            for number in 0..FLOOD {
                assert_eq!(next_pong(&mut flooder), number.to_be_bytes());
            }
        });
    });
}

#[test]
fn a_flood_of_fragments_is_held_back_and_heard_in_full_and_delays_nobody() {
    within(LIMIT, || {
        compare(|door| {
            let mut flooder = door.raw("/?name=flooder");
            // A message that is begun, goes on with nothing, and ends.
            let begin = encode_as(TEXT, b"flood");
            let go_on = encode_as(0, b"").repeat(FLOOD);
            let end = encode_as(0x80, b" is over");
            flooder.send_bytes(&[begin, go_on, end].concat()).unwrap();
            while !flooder
                .read_text()
                .unwrap()
                .ends_with(" flooder: flood is over")
            {}
            // What was read together with the end is paid for before anything else is read.
            flooder.send_ping(b"").unwrap();
            next_pong(&mut flooder);
        });
    });
}

/// A name for each of a hundred members, sixteen times a frame: the answers are much longer than the questions.
#[test]
fn a_flood_of_questions_costs_more_than_lines_and_delays_nobody() {
    within(LIMIT, || {
        compare(|door| {
            let mut flooder = door.raw("/?name=flooder");
            let frame = ["/who"; 16].join("\n");
            for _ in 0..FLOOD / 16 / cost::WHO + 1 {
                flooder.send_text(&frame).unwrap();
            }
            flooder.send_ping(b"").unwrap();
            next_pong(&mut flooder);
        });
    });
}

/// The payload of the Pong that comes next but for lines.
fn next_pong(client: &mut RawClient) -> Vec<u8> {
    loop {
        let frame = client.read_frame(SOON).unwrap();
        if frame.opcode == PONG {
            return frame.payload;
        }
    }
}

#[test]
fn a_message_is_paid_for_after_it_was_said() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--lines-per-second", "10"]);
        let mut anna = chat.member("anna");
        // Six lines are five more than a tenth of a second is worth. They come at once, and the next ones do not.
        let begun = Instant::now();
        anna.say("one\ntwo\nthree\nfour\nfive\nsix");
        anna.hear_until(": six");
        let first = begun.elapsed();
        anna.say_and_hear("seven");
        let second = begun.elapsed();
        println!("six lines after {first:?}, the next one after {second:?}");
        assert!(first < second / 2, "{first:?}");
        assert!(second >= Duration::from_millis(500), "{second:?}");
    });
}
