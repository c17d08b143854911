//! `make soak`: a few hundred clients act at random, for as long as requested. They join, talk, stall, vanish, return
//! with their keys, change their names, and leave. Meanwhile, the test checks the server's promises:
//!
//! - Each client gets every number exactly once and in order, or a notice of how many lines are gone.
//! - Each sent line is in the room exactly once, or at most once if its client does not know whether the line was said.
//!   Lost connections do not change this.
//! - Memory stays flat. Threads and descriptors stay bounded, and are released at the end.
//! - The counts in `/metrics` agree with those of the clients.
//!
//! One client in ten uses long polls. The seeds are fixed, so each `make soak` begins with the same random choices. The
//! schedule of the threads still varies.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

mod member;
mod numbers;
mod poller;
mod recorder;
mod tally;
mod watch;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use support::chat::Chat;
use support::http_client::HttpClient;
use support::metrics::Scrape;
use support::process::{Signal, TIMEOUT};
use support::random::Random;
use support::resources::threads;
use support::watchdog::within;
use tally::Tally;
use watch::Watch;

const CLIENTS: u64 = 300;

/// The maximum number of lines that the server keeps. The history is soon full, and from then on, memory must stay
/// flat.
const HISTORY: u64 = 5000;

/// One client in this many uses long polls. All others use a WebSocket.
const CLIENTS_PER_POLLER: u64 = 10;

/// An environment variable that makes glibc return free memory to the system. Without it, each arena keeps free memory,
/// up to twice the largest block that was ever freed. Then resident memory grows for a long time, although the memory
/// in use does not.
const RETURN_MEMORY: (&str, &str) = ("MALLOC_TRIM_THRESHOLD_", "131072");

/// The maximum time that a run may take beyond its planned duration. Each wait of a client has a shorter time limit.
const GRACE: Duration = Duration::from_secs(300);

fn main() {
    // Skip arguments that are not numbers: `cargo bench` adds `--bench`.
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
    println!("all promises were kept");
}

fn soak(policy: &str, writers: &str, time: Duration, seed: u64) {
    let options = [
        "--when-behind",
        policy,
        "--writers",
        writers,
        // The backlog is small: a client that stalls briefly is behind, and one that stalls for longer is too slow.
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
    let tally = Arc::new(Tally::default());
    let endpoint = chat.endpoint;
    let recorder = recorder::start(endpoint);
    let watch = Watch::start(chat.program.id(), CLIENTS, Arc::clone(&recorder.newest));
    let end = Instant::now() + time;
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let tally = Arc::clone(&tally);
            let random = Random::new(seed << 32 | number);
            scope.spawn(move || match number % CLIENTS_PER_POLLER {
                0 => poller::run(endpoint, number, random, &tally, end),
                _ => member::run(endpoint, number, random, &tally, end),
            });
        }
    });
    // When only the recorder's connection is left, every other member's Leave has been sent to the hub.
    let pid = chat.program.id();
    support::wait::until(|| threads(pid, "conn-"), |&count| count == 1);
    let recorded = recorder.stop();
    tally.assert_tokens_match(&recorded);
    watch.end();
    let mut client = HttpClient::connect(&chat);
    let metrics = support::wait::until(
        || Scrape::fetch(&mut client),
        // The only HTTP connection is the one that fetches the metrics.
        |metrics| {
            metrics.get("chat_connections{kind=\"websocket\"}") == 0
                && metrics.get("chat_connections{kind=\"http\"}") == 1
        },
    );
    tally.assert_metrics_match(&metrics, &recorded);
    drop(client);
    chat.program.signal(Signal::TERM).unwrap();
    assert!(chat.program.wait(TIMEOUT).unwrap().success());
    println!("  {tally}");
}
