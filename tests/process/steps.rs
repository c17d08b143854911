//! The steps of the course, each in its own process: what a step can do, and how it breaks.
//!
//! Most steps break a promise that the server must keep.

use std::io::{BufWriter, Write};
use std::thread;
use std::time::Duration;

use crate::support::chat::Endpoint;
use crate::support::http_client::{HttpClient, get};
use crate::support::independent::{IndependentClient, Received};
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::raw_client::{RawClient, assert_nothing};
use crate::support::steps::{
    CLIENT_STEPS, HTTP_STEPS, LINE_LENGTH, WEBSOCKET_STEPS, median_delay, path, receives, room,
    say, start, within,
};
use crate::support::threads;
use crate::support::wait::{assert_once_in_ten, retry_on_delay, until};

/// The time limit of a test. It does not include the time to build the steps.
const LIMIT: Duration = Duration::from_secs(600);
/// How long a test waits for something that must not arrive yet.
const QUIET: Duration = Duration::from_millis(300);
/// The duration of silence after which a step counts as stuck. It is longer than [`QUIET`], because only time
/// distinguishes a stuck step from a slow step on a busy machine.
const STUCK: Duration = Duration::from_secs(5);
/// How long `step-6b` may be silent before the test runs it again. This step cannot deadlock, but Linux can stall its
/// connection while the buffers of both directions are full. If the receiver has no memory for a packet, it drops the
/// packet, and with it the window update for the other direction. About one run in several dozen stalls in this way.
/// Step 6a, which has no slot, deadlocks in every run.
const STALLED: Duration = Duration::from_secs(10);
/// The tick interval of step 4.
const TICK: Duration = Duration::from_millis(20);
/// The capacity of each client's queue in step 5, in lines.
const QUEUE: usize = 1024;

#[test]
fn every_websocket_step_works_with_an_independent_client() {
    within(LIMIT, || {
        for name in WEBSOCKET_STEPS {
            let (_step, address) = start(name).unwrap();
            let mut client = IndependentClient::connect(address, "/?name=anna").unwrap();
            client.send_text("hello").unwrap();
            assert_eq!(client.receive_text().unwrap(), "hello", "{name}");
            client.send_ping(b"?").unwrap();
            let pong = Received::Pong(b"?".to_vec());
            assert_eq!(client.receive(TIMEOUT).unwrap(), pong, "{name}");
            assert_eq!(client.close().unwrap(), 1000, "{name}");
        }
    });
}

#[test]
fn every_step_prints_what_it_shows_and_what_to_type() {
    within(LIMIT, || {
        for name in WEBSOCKET_STEPS.into_iter().chain(HTTP_STEPS) {
            let (step, address) = start(name).unwrap();
            // When the step responds, it has printed everything.
            let mut client = RawClient::connect(address).unwrap();
            client.request_upgrade("/").unwrap();
            client.read_head(TIMEOUT).unwrap();
            step.signal(Signal::KILL).unwrap();
            let text = step.rest_of_stdout(TIMEOUT).unwrap().join("\n");
            assert_explains(name, &text);
            // The commands to type must name the port that the step got.
            assert!(text.contains(&format!("://{address}/")), "{text}");
            assert!(!text.contains("9001"), "{text}");
        }
        for name in CLIENT_STEPS {
            let mut step = Program::start::<&str>(&path(name).unwrap(), &[], &[]).unwrap();
            drop(step.take_stdin().unwrap());
            let text = step.rest_of_stderr(TIMEOUT).unwrap().join("\n");
            assert_explains(name, &text);
            assert!(step.wait(TIMEOUT).unwrap().success());
        }
    });
}

fn assert_explains(name: &str, text: &str) {
    let (step, number) = name.split_once('-').unwrap();
    assert_eq!(step, "step");
    let parts = ["What it shows.", "What breaks it.", "What to type.", name];
    for part in [&format!("Step {number}: ")]
        .map(String::as_str)
        .into_iter()
        .chain(parts)
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let is_too_wide = |line: &&str| line.chars().count() > 80;
    // The printed port may be one digit longer than `9001` in the source, so the printed text is checked.
    assert_eq!(text.lines().find(is_too_wide), None, "{name}");
}

#[test]
fn step_whose_port_is_taken_says_what_to_type() {
    within(LIMIT, || {
        let (_first, address) = start("step-1").unwrap();
        for name in WEBSOCKET_STEPS.into_iter().chain(HTTP_STEPS) {
            let path = path(name).unwrap();
            let mut second = Program::start(&path, &[address.to_string()], &[]).unwrap();
            let error = second.stderr_line(TIMEOUT).unwrap();
            assert!(
                error.contains(&format!("try `make {name} PORT=")),
                "{error}"
            );
            assert_eq!(second.wait(TIMEOUT).unwrap().code(), Some(1));
        }
    });
}

#[test]
fn polling_costs_requests_that_return_nothing() {
    within(LIMIT, || {
        let (_step, address) = start("step-0a").unwrap();
        let mut anna = HttpClient::connect(&Endpoint { address });
        let mut ben = HttpClient::connect(&Endpoint { address });
        // Each poll costs a whole response, even if there is no line.
        for _ in 0..10 {
            let nothing = ben.get("/lines?since=0");
            assert_eq!((nothing.status, nothing.body.as_str()), (200, ""));
            assert!(nothing.head.len() > 80, "{}", nothing.head);
        }
        assert_eq!(anna.post("/lines", "hello\nben").status, 201);
        // The lines exist, but do not reach Ben before the next poll.
        assert_nothing(ben.0.read_head(QUIET));
        assert_eq!(ben.get("/lines?since=0").lines(), ["1 hello", "2 ben"]);
        assert_eq!(ben.get("/lines?since=1").lines(), ["2 ben"]);
        assert_eq!(ben.get("/lines?since=2").lines(), [""; 0]);
    });
}

#[test]
fn long_polling_is_prompt_and_costs_a_request_per_line() {
    within(LIMIT, || {
        let (_step, address) = start("step-0b").unwrap();
        let mut anna = HttpClient::connect(&Endpoint { address });
        let mut ben = HttpClient::connect(&Endpoint { address });
        ben.send(get("/lines?since=0"));
        assert_nothing(ben.0.read_head(QUIET));
        anna.post("/lines", "hello");
        assert_eq!(ben.read_response().lines(), ["1 hello"]);
        // Between a response and the next request, the server cannot send anything.
        anna.post("/lines", "are you there?");
        assert_nothing(ben.0.read_head(QUIET));
        assert_eq!(ben.get("/lines?since=1").lines(), ["2 are you there?"]);
    });
}

#[test]
fn http_steps_have_a_page_and_survive_bad_requests() {
    within(LIMIT, || {
        for name in HTTP_STEPS {
            let (_step, address) = start(name).unwrap();
            let page = HttpClient::connect(&Endpoint { address }).get("/");
            assert!(page.body.contains("fetch(`/lines?since="), "{name}");
            let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(9000));
            for bad in [
                long.as_str(),
                "POST /lines HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            ] {
                let mut client = RawClient::connect(address).unwrap();
                client.send_bytes(bad.as_bytes()).unwrap();
                assert!(client.read_head(TIMEOUT).is_err(), "{name}");
            }
            assert_eq!(
                HttpClient::connect(&Endpoint { address }).get("/x").status,
                404
            );
        }
    });
}

#[test]
fn second_client_waits_for_the_first_to_leave() {
    within(LIMIT, || {
        let (_step, address) = start("step-1").unwrap();
        let mut first = IndependentClient::connect(address, "/").unwrap();
        let mut second = RawClient::connect(address).unwrap();
        second.request_upgrade("/").unwrap();
        // The step serves the first client even after the second one has sent its request.
        first.send_text("hello").unwrap();
        assert_eq!(first.receive_text().unwrap(), "hello");
        assert_nothing(second.read_upgrade(QUIET));

        first.close().unwrap();
        second.read_upgrade(TIMEOUT).unwrap();
        second.send_text("my turn").unwrap();
        assert_eq!(second.read_text().unwrap(), "my turn");
    });
}

#[test]
fn clients_on_separate_threads_do_not_hear_each_other() {
    within(LIMIT, || {
        let (_step, address) = start("step-2").unwrap();
        let mut anna = RawClient::open(address, "/").unwrap();
        let mut ben = RawClient::open(address, "/").unwrap();
        anna.send_text("is anybody there?").unwrap();
        assert_eq!(anna.read_text().unwrap(), "is anybody there?");
        // The step has handled Anna's line, but the first line that reaches Ben is one that Ben sent.
        ben.send_text("nobody talks to me").unwrap();
        assert_eq!(ben.read_text().unwrap(), "nobody talks to me");
        anna.send_text("nor to me").unwrap();
        assert_eq!(anna.read_text().unwrap(), "nor to me");
    });
}

#[test]
fn stopped_client_with_a_shared_lock_blocks_all_others() {
    within(LIMIT, || {
        let (_step, address) = start("step-3").unwrap();
        let [stopped, mut anna, mut ben] = room(address);
        // The test sends at most 64 MiB, which is more than any socket holds.
        let stuck = (0..(64 << 20) / LINE_LENGTH).find(|&number| {
            say(&mut anna, number);
            !receives(&mut anna, number, STUCK) || !receives(&mut ben, number, STUCK)
        });
        let stuck = stuck.expect("the step never got stuck");
        ben.send_text("is anybody there?").unwrap();
        let mut newcomer = RawClient::connect(address).unwrap();
        newcomer.request_upgrade("/").unwrap();
        assert_nothing(anna.read_frame(QUIET));
        assert_nothing(ben.read_frame(QUIET));
        assert_nothing(newcomer.read_upgrade(QUIET));

        drop(stopped);
        assert!(receives(&mut anna, stuck, TIMEOUT) && receives(&mut ben, stuck, TIMEOUT));
        assert_eq!(anna.read_text().unwrap(), "is anybody there?");
        assert_eq!(ben.read_text().unwrap(), "is anybody there?");
        newcomer.read_upgrade(TIMEOUT).unwrap();
    });
}

#[test]
fn tick_wakes_threads_needlessly_and_a_queue_does_not() {
    within(LIMIT, || {
        let (tick, tick_address) = start("step-4").unwrap();
        let (queue, queue_address) = start("step-5").unwrap();
        let _ticking: [_; 5] = room(tick_address);
        let _queueing: [_; 5] = room(queue_address);
        threads::wait_until_asleep(queue.id()).unwrap();
        let (before_tick, before_queue) = (sleeps(&tick), sleeps(&queue));
        // No client talks, so only ticks wake the threads of step 4. Wait for 25 wake-ups: five ticks for each of five
        // clients.
        until(|| sleeps(&tick), |&sleeps| sleeps >= before_tick + 5 * 5);
        assert_eq!(sleeps(&queue), before_queue);
    });
}

#[test]
fn tick_delays_lines_and_a_queue_does_not() {
    within(LIMIT, || {
        let measure = || [median_delay("step-4"), median_delay("step-5")];
        assert_once_in_ten(measure, |[late, prompt]| {
            *late > TICK / 4 && *late > 2 * *prompt
        });
    });
}

#[test]
fn stopped_client_with_its_own_queue_does_not_delay_others() {
    within(LIMIT, || {
        let (_step, address) = start("step-5").unwrap();
        let [mut stopped, mut anna, mut ben] = room(address);
        // These lines fill the queue and exceed it by 8 MiB, which is more than the sockets at both ends hold.
        let said = QUEUE + (8 << 20) / LINE_LENGTH;
        for number in 0..said {
            say(&mut anna, number);
            assert!(receives(&mut anna, number, TIMEOUT) && receives(&mut ben, number, TIMEOUT));
        }
        // Now the stopped client reads again. It gets the first lines in order, as many as the queue and the sockets
        // held.
        for number in 0..QUEUE / 2 {
            assert!(receives(&mut stopped, number, TIMEOUT), "{number}");
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
fn queue_per_client_wakes_one_thread_per_recipient() {
    within(LIMIT, || {
        let (step, address) = start("step-5").unwrap();
        let mut room: [_; 20] = room(address);
        threads::wait_until_asleep(step.id()).unwrap();
        let before = sleeps(&step);
        room.first_mut().unwrap().send_text("hello").unwrap();
        for client in &mut room {
            assert_eq!(client.read_text().unwrap(), "hello");
        }
        // Each woken thread goes to sleep again: the thread that read the line, and a writer for each client.
        threads::wait_until_asleep(step.id()).unwrap();
        let woken = sleeps(&step) - before;
        assert!(woken > 20, "{woken} for 20 recipients");
    });
}

/// Starts a step that is a client with its own server. Pipes `count` numbered lines into the client. `count` must be far
/// more than all buffers hold. Reads the lines that come back, until the output ends or no line arrives within `limit`.
/// Returns the number of lines read, and the program.
fn lines_through(name: &str, count: usize, limit: Duration) -> (usize, Program) {
    let mut step = Program::start::<&str>(&path(name).unwrap(), &[], &[]).unwrap();
    let mut stdin = BufWriter::new(step.take_stdin().unwrap());
    // This thread ends after the last line, or when the pipe is closed.
    thread::spawn(move || {
        let mut lines = 0..count;
        let _ = lines.try_for_each(|number| writeln!(stdin, "{number}"));
    });
    let mut received = 0;
    while let Ok(line) = step.stdout_line(limit) {
        assert_eq!(line.trim_start(), received.to_string());
        received += 1;
    }
    (received, step)
}

#[test]
fn client_with_a_mutex_can_deadlock_with_its_server() {
    within(LIMIT, || {
        let lines = 200_000;
        let (received, mut step) = lines_through("step-6a", lines, STUCK);
        assert!(received < lines, "all {lines} lines came back");
        // The step is still running, because its client and its server wait for each other.
        assert!(step.wait(QUIET).is_err());
    });
}

#[test]
fn client_with_a_slot_never_deadlocks_with_its_server() {
    within(LIMIT, || {
        retry_on_delay(|| {
            let lines = 200_000;
            let (received, mut step) = lines_through("step-6b", lines, STALLED);
            assert_eq!(received, lines);
            assert!(step.wait(TIMEOUT).unwrap().success());
        });
    });
}

#[test]
fn demo_prints_each_join_once() {
    within(LIMIT, || {
        let demo = Program::start(&path("demo").unwrap(), &["0"], &[]).unwrap();
        let shown = demo.rest_of_stdout(TIMEOUT).unwrap();
        let about = |what: &str| shown.iter().filter(|line| line.contains(what)).count();
        assert_eq!(about("connected"), 1, "{shown:?}");
        assert_eq!(about(" joined"), 3, "{shown:?}");
        assert_eq!(shown.last().unwrap(), "11 * bea left");
        assert_eq!(demo.rest_of_stderr(TIMEOUT).unwrap(), [""; 0]);
    });
}

fn sleeps(step: &Program) -> u64 {
    threads::sleeps(step.id()).unwrap()
}
