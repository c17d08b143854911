//! The five steps, each as a process of its own: what it can do, and how it breaks.
//!
//! They are the counter-examples to the promises of the server: what a test shows of a step, the server must not do.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::Duration;

use support::independent::{IndependentClient, Received};
use support::process::{Program, SOON};
use support::raw_client::{RawClient, assert_nothing};
use support::steps::{LINE, hears, path, room, say, start, typical_lateness};
use support::threads;
use support::wait::until;
use support::watchdog::within;

/// A test's limit. It counts the building of the steps too, if they are not built yet.
const LIMIT: Duration = Duration::from_secs(180);
/// For how long something must not come. What comes in the end shows that it was on its way.
const QUIET: Duration = Duration::from_millis(300);
/// After how long without an answer a step stands still. Longer: only time tells that from a busy machine.
const STUCK: Duration = Duration::from_secs(2);
/// The tick of step 4.
const TICK: Duration = Duration::from_millis(20);
/// The queue of step 5.
const QUEUE: usize = 1024;

#[test]
fn every_step_speaks_to_a_client_that_is_not_tungstenite() {
    within(LIMIT, || {
        for name in ["step-1", "step-2", "step-3", "step-4", "step-5"] {
            let (_step, address) = start(name).unwrap();
            let mut client = IndependentClient::connect(address, "/?name=anna").unwrap();
            client.send_text("hello").unwrap();
            assert_eq!(client.receive_text().unwrap(), "hello", "{name}");
            client.send_ping(b"?").unwrap();
            let pong = Received::Pong(b"?".to_vec());
            assert_eq!(client.receive(SOON).unwrap(), pong, "{name}");
            assert_eq!(client.close().unwrap(), 1000, "{name}");
        }
    });
}

#[test]
fn a_step_without_its_port_says_so_and_fails() {
    within(LIMIT, || {
        let (_first, address) = start("step-1").unwrap();
        let path = path("step-2").unwrap();
        let mut second = Program::start(&path, &[address.to_string()], &[]).unwrap();
        let complaint = second.stderr_line(SOON).unwrap();
        assert!(complaint.contains("try `make step-2 PORT="), "{complaint}");
        assert_eq!(second.wait(SOON).unwrap().code(), Some(1));
    });
}

#[test]
fn the_second_client_waits_for_the_first_to_leave() {
    within(LIMIT, || {
        let (_step, address) = start("step-1").unwrap();
        let mut first = IndependentClient::connect(address, "/").unwrap();
        let mut second = RawClient::connect(address).unwrap();
        second.request_upgrade("/").unwrap();
        // The step has served the first one since the second one asked.
        first.send_text("hello").unwrap();
        assert_eq!(first.receive_text().unwrap(), "hello");
        assert_nothing(second.read_upgrade(QUIET));

        first.close().unwrap();
        second.read_upgrade(SOON).unwrap();
        second.send_text("my turn").unwrap();
        assert_eq!(second.read_text().unwrap(), "my turn");
    });
}

#[test]
fn with_a_thread_each_nobody_waits_and_nobody_hears_anybody() {
    within(LIMIT, || {
        let (_step, address) = start("step-2").unwrap();
        let mut anna = RawClient::open(address, "/").unwrap();
        let mut ben = RawClient::open(address, "/").unwrap();
        anna.send_text("is anybody there?").unwrap();
        assert_eq!(anna.read_text().unwrap(), "is anybody there?");
        // What anna said has been dealt with by now. The first thing that ben hears is what he says himself.
        ben.send_text("nobody talks to me").unwrap();
        assert_eq!(ben.read_text().unwrap(), "nobody talks to me");
        anna.send_text("nor to me").unwrap();
        assert_eq!(anna.read_text().unwrap(), "nor to me");
    });
}

#[test]
fn under_a_lock_one_client_that_stops_reading_stops_all() {
    within(LIMIT, || {
        let (_step, address) = start("step-3").unwrap();
        let [stopped, mut anna, mut ben] = room(address);
        // At most 64 MiB, more than any socket holds.
        let stuck = (0..(64 << 20) / LINE).find(|&number| {
            say(&mut anna, number);
            !hears(&mut anna, number, STUCK) || !hears(&mut ben, number, STUCK)
        });
        let stuck = stuck.expect("nobody ever stood still");
        ben.send_text("is anybody there?").unwrap();
        let mut newcomer = RawClient::connect(address).unwrap();
        newcomer.request_upgrade("/").unwrap();
        assert_nothing(anna.read_frame(QUIET));
        assert_nothing(ben.read_frame(QUIET));
        assert_nothing(newcomer.read_upgrade(QUIET));

        drop(stopped);
        assert!(hears(&mut anna, stuck, SOON) && hears(&mut ben, stuck, SOON));
        assert_eq!(anna.read_text().unwrap(), "is anybody there?");
        assert_eq!(ben.read_text().unwrap(), "is anybody there?");
        newcomer.read_upgrade(SOON).unwrap();
    });
}

#[test]
fn a_tick_wakes_everyone_for_nothing_and_a_queue_each_does_not() {
    within(LIMIT, || {
        let (tick, tick_address) = start("step-4").unwrap();
        let (queue, queue_address) = start("step-5").unwrap();
        let _ticking: [_; 5] = room(tick_address);
        let _queueing: [_; 5] = room(queue_address);
        threads::settle(queue.id()).unwrap();
        let (before_tick, before_queue) = (sleeps(&tick), sleeps(&queue));
        // Nobody talks, and only the tick ends this loop: five times for each of the five.
        until(|| sleeps(&tick), |&sleeps| sleeps >= before_tick + 5 * 5);
        assert_eq!(sleeps(&queue), before_queue);
    });
}

#[test]
fn a_tick_makes_lines_late_and_a_queue_each_does_not() {
    within(LIMIT, || {
        let late = typical_lateness("step-4");
        let prompt = typical_lateness("step-5");
        println!("{late:?} late with a tick, {prompt:?} with a queue each");
        assert!(late > TICK / 4 && late > 2 * prompt, "{late:?} {prompt:?}");
    });
}

#[test]
fn with_a_queue_each_a_stopped_client_delays_nobody_and_misses_what_does_not_fit() {
    within(LIMIT, || {
        let (_step, address) = start("step-5").unwrap();
        let [mut stopped, mut anna, mut ben] = room(address);
        // The queue, and 8 MiB, more than what waits in the two sockets.
        let said = QUEUE + (8 << 20) / LINE;
        for number in 0..said {
            say(&mut anna, number);
            assert!(hears(&mut anna, number, SOON) && hears(&mut ben, number, SOON));
        }
        // Now it reads on: every line in order from the first one, as many as fitted.
        for number in 0..QUEUE / 2 {
            assert!(hears(&mut stopped, number, SOON), "{number}");
        }
        ben.send_text("the end").unwrap();
        let rest: Vec<String> = (0..said)
            .map(|_| stopped.read_text().unwrap())
            .take_while(|line| line != "the end")
            .collect();
        let fitted = QUEUE / 2 + rest.len();
        let expected = (QUEUE / 2..fitted).map(|number| number.to_string());
        assert!(rest.iter().map(|line| line.trim_start()).eq(expected));
        assert!((QUEUE..said).contains(&fitted), "{fitted} of {said}");
    });
}

#[test]
fn with_a_queue_each_a_line_wakes_a_thread_for_each_recipient() {
    within(LIMIT, || {
        let (step, address) = start("step-5").unwrap();
        let mut room: [_; 20] = room(address);
        threads::settle(step.id()).unwrap();
        let before = sleeps(&step);
        room.first_mut().unwrap().send_text("hello").unwrap();
        for client in &mut room {
            assert_eq!(client.read_text().unwrap(), "hello");
        }
        // Who has been woken goes to sleep again: the one that read the line, and a writer for each of the twenty.
        threads::settle(step.id()).unwrap();
        let woken = sleeps(&step) - before;
        assert!(woken > 20, "{woken} for 20 recipients");
    });
}

fn sleeps(step: &Program) -> u64 {
    threads::sleeps(step.id()).unwrap()
}
