//! `make soak`: a few hundred clients that join, talk, stall, vanish, come back with their key, rename and leave at random,
//! for as long as is wanted, while what the server promises is checked all along.
//!
//! - Each client gets every number, in order, exactly once, or is told how many lines are gone.
//! - Each line that a client said is in the room exactly once, however often its connection died on the way. Only where a
//!   told gap may hide it, it may also be missing.
//! - Threads, descriptors and memory stay flat, and are back at the end.
//! - What `/metrics` has counted is what the clients have seen.
//!
//! One client in ten long-polls. The seed is fixed, so the clients draw the same lots each time; threads are not drawn.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod books;
mod lots;
mod member;
mod numbers;
mod poller;
mod recorder;
mod watch;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use books::Books;
use support::chat::Chat;
use support::http_client::HttpClient;
use support::metrics::Scrape;
use support::process::{Signal, TIMEOUT};
use support::resources::threads;
use support::watchdog::within;
use watch::Watch;

const CLIENTS: u64 = 300;

/// How many lines the server keeps. They are few, so that the history is soon full, and memory should be flat.
const HISTORY: u64 = 5000;

/// How many of the clients there is one that long-polls.
const ONE_POLLS_OF: u64 = 10;

/// A variable that makes glibc give memory back. Otherwise it keeps free memory, up to twice the largest block that was
/// ever freed, in each of its arenas: what is resident grows for a long time, while what is held does not.
const RETURN_MEMORY: (&str, &str) = ("MALLOC_TRIM_THRESHOLD_", "131072");

/// How much longer than its time a run may take to end: no client waits for longer than its own limits.
const GRACE: Duration = Duration::from_secs(300);

fn main() {
    // `cargo bench` adds `--bench`.
    let seconds = std::env::args().filter_map(|word| word.parse::<u64>().ok());
    let seconds = seconds.max().unwrap_or(30);
    let runs = [
        ("disconnect", "1"),
        ("drop", "1"),
        ("disconnect", "2"),
        ("drop", "2"),
    ];
    let each = Duration::from_millis(seconds * 1000 / runs.len() as u64);
    for (number, (policy, writers)) in (1..).zip(runs) {
        println!("--when-behind {policy} --writers {writers}, for {each:?}");
        within(each + GRACE, || soak(policy, writers, each, number));
    }
    println!("all held");
}

fn soak(policy: &str, writers: &str, time: Duration, seed: u64) {
    let options = [
        "--when-behind",
        policy,
        "--writers",
        writers,
        // Little, so that a client that stalls for a moment is behind, and one that stalls for long is too far behind.
        "--backlog",
        "100000",
        "--history",
        &HISTORY.to_string(),
        "--close-timeout",
        "1",
        "--write-timeout",
        "5",
    ];
    let mut chat = Chat::prepared(&options, |command| _ = command.envs([RETURN_MEMORY]));
    let books = Arc::new(Books::default());
    let endpoint = chat.endpoint;
    let recorder = recorder::start(endpoint);
    let watch = Watch::start(chat.program.id(), CLIENTS, Arc::clone(&recorder.newest));
    let end = Instant::now() + time;
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let books = Arc::clone(&books);
            let lots = lots::Lots::new(seed << 32 | number);
            scope.spawn(move || match number % ONE_POLLS_OF {
                0 => poller::run(endpoint, number, lots, &books, end),
                _ => member::run(endpoint, number, lots, &books, end),
            });
        }
    });
    // Then the recorder hears who has left, too.
    let pid = chat.program.id();
    support::wait::until(|| threads(pid, "conn-"), |&count| count == 1);
    let recorded = recorder.stop();
    books.compare(&recorded);
    watch.end();
    let mut client = HttpClient::connect(&chat);
    let metrics = support::wait::until(
        || Scrape::fetch(&mut client),
        // This connection is still there.
        |metrics| {
            metrics.get("chat_connections{kind=\"websocket\"}") == 0
                && metrics.get("chat_connections{kind=\"http\"}") == 1
        },
    );
    books.agree(&metrics, &recorded);
    drop(client);
    chat.program.signal(Signal::TERM).unwrap();
    assert!(chat.program.wait(TIMEOUT).unwrap().success());
    println!("  {books}");
}
