//! `--lines-per-second`: a client that talks too fast is slowed down, loses nothing, and disturbs no other client.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use blocking_chat::server::connection::cost;

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::latency::{Latencies, LatencyProbe};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{PING, PONG, TEXT, encode, encode_as};
use crate::support::wait::assert_once_in_ten;
use crate::support::watchdog::within;

const LINES_PER_SECOND: usize = 2000;

/// The number of lines in a flood. At the limit, such a flood takes more than a second.
const FLOOD: usize = 2500;

/// The number of lines in a frame of the flood.
const LINES_PER_FRAME: usize = 10;

/// Returns the minimum duration of a flood. A full token bucket saves a tenth of a second, and the pause after the last
/// frame does not count.
fn shortest() -> Duration {
    Duration::from_secs_f64((FLOOD - LINES_PER_FRAME) as f64 / LINES_PER_SECOND as f64 - 0.1)
}

fn limited() -> Chat {
    Chat::ours(&["--lines-per-second", &LINES_PER_SECOND.to_string()])
}

/// Runs `flood` on one of two servers. Asserts that the flood is slowed down. Also asserts that the latencies on the
/// flooded server are not worse than on the other one.
fn compare(flood: impl Fn(Endpoint) + Sync) {
    let measure = || {
        let (flooded, quiet) = (limited(), limited());
        let probes = [&flooded, &quiet].map(|chat| LatencyProbe::join(chat));
        let [mut in_flooded, mut in_quiet] = probes;
        let is_over = AtomicBool::new(false);
        let (mut with, mut without) = (Latencies::default(), Latencies::default());
        thread::scope(|scope| {
            scope.spawn(|| {
                let begun = Instant::now();
                flood(flooded.endpoint);
                let took = begun.elapsed();
                is_over.store(true, Ordering::Relaxed);
                println!("the flood took {took:?}");
                assert!(
                    took >= shortest(),
                    "the flood was not slowed down: {took:?}"
                );
            });
            while !is_over.load(Ordering::Relaxed) {
                with.add(in_flooded.measure());
                without.add(in_quiet.measure());
            }
        });
        println!("with the flood {with}\nwithout it     {without}");
        [with, without]
    };
    assert_once_in_ten(measure, |[with, without]| with.are_not_worse_than(without));
}

/// The flooder is slowed down, and all its lines arrive.
#[test]
fn flood_of_lines_delays_nobody() {
    within(LIMIT, || {
        compare(|endpoint| {
            let mut flooder = endpoint.raw_client("/?name=flooder");
            let lines: Vec<_> = (0..FLOOD).map(|number| format!("flood {number}")).collect();
            for frame in lines.chunks(LINES_PER_FRAME) {
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

/// The flooder is slowed down, and all its Pings are answered.
#[test]
fn flood_of_pings_delays_nobody() {
    within(LIMIT, || {
        compare(|endpoint| {
            let mut flooder = endpoint.raw_client("/?name=flooder");
            let pings = (0..FLOOD).flat_map(|number| encode(PING, &number.to_be_bytes()));
            flooder.send_bytes(&pings.collect::<Vec<_>>()).unwrap();
            for number in 0..FLOOD {
                assert_eq!(next_pong(&mut flooder), number.to_be_bytes());
            }
        });
    });
}

/// The flooder is slowed down, and its message arrives.
#[test]
fn flood_of_fragments_delays_nobody() {
    within(LIMIT, || {
        compare(|endpoint| {
            let mut flooder = endpoint.raw_client("/?name=flooder");
            // The message consists of a first fragment, many empty fragments, and a last fragment.
            let begin = encode_as(TEXT, b"flood");
            let go_on = encode_as(0, b"").repeat(FLOOD);
            let end = encode_as(0x80, b" is over");
            flooder.send_bytes(&[begin, go_on, end].concat()).unwrap();
            while !flooder
                .read_text()
                .unwrap()
                .ends_with(" flooder: flood is over")
            {}
            // The server charges for the last fragments just before its next read. So the Pong proves that the server
            // has charged for them.
            flooder.send_ping(b"").unwrap();
            next_pong(&mut flooder);
        });
    });
}

/// Commands are limited too, because a reply can be much longer than its command: `/who` returns up to a hundred names.
#[test]
fn flood_of_who_commands_delays_nobody() {
    within(LIMIT, || {
        compare(|endpoint| {
            let mut flooder = endpoint.raw_client("/?name=flooder");
            let frame = ["/who"; 16].join("\n");
            for _ in 0..FLOOD / 16 / cost::WHO + 1 {
                flooder.send_text(&frame).unwrap();
            }
            flooder.send_ping(b"").unwrap();
            next_pong(&mut flooder);
        });
    });
}

/// Skips lines and returns the payload of the next Pong.
fn next_pong(client: &mut RawClient) -> Vec<u8> {
    loop {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode == PONG {
            return frame.payload;
        }
    }
}

#[test]
fn message_is_charged_after_its_lines_are_said() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--lines-per-second", "10"]);
        let mut anna = chat.member("anna");
        // Six lines are five more than a tenth of a second allows. They arrive without delay, but the next line does
        // not.
        let measure = || {
            let begun = Instant::now();
            anna.say("one\ntwo\nthree\nfour\nfive\nsix");
            anna.receive_until(": six");
            let first = begun.elapsed();
            anna.say_and_receive("seven");
            let second = begun.elapsed();
            assert!(second >= Duration::from_millis(500), "{second:?}");
            // The pause after this line lasts only a tenth of a second, so it hardly delays the next measurement.
            anna.say_and_receive("eight");
            (first, second)
        };
        assert_once_in_ten(measure, |(first, second)| *first < *second / 2);
    });
}

/// Lines that arrive together are sent to the hub together, but a pause must not hold them back.
#[test]
fn lines_are_said_before_the_pause_for_them() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--lines-per-second", "1"]);
        let mut anna = chat.member("anna");
        // After these lines, the connection's thread pauses for longer than this test lasts.
        let lines: Vec<_> = (1..=1000).map(|number| number.to_string()).collect();
        anna.say(&lines.join("\n"));
        anna.receive_until(": 1000");
    });
}

/// A Ping costs as much as three lines, so the pause after it lasts almost three seconds.
#[test]
fn pong_is_sent_before_the_pause_for_its_ping() {
    within(LIMIT, || {
        let chat = Chat::ours(&["--lines-per-second", "1"]);
        let measure = || {
            let mut anna = chat.raw_client("/?name=anna");
            let begun = Instant::now();
            anna.send_ping(b"").unwrap();
            next_pong(&mut anna);
            begun.elapsed()
        };
        assert_once_in_ten(measure, |delay| *delay < Duration::from_secs(2));
    });
}
