//! Measures the cost of the detour through Redis (`make bench-cluster`).
//!
//! It compares clusters of 1, 2 and 4 servers with one server that does not use Redis. The talkers are spread over the
//! servers. All programs run on one machine, so a larger cluster has no additional cores.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[path = "../support/mod.rs"]
mod support;

#[allow(dead_code, reason = "some of it is only for the tests")]
mod redis_server;

use std::thread;
use std::time::{Duration, Instant};

use redis_server::RedisServer;
use support::chat::{Chat, Endpoint};

/// The number of servers in each row of the table. `None` means one server without Redis.
const ROWS: [Option<usize>; 4] = [None, Some(1), Some(2), Some(4)];

/// How many lines a talker sends while its receipts are measured. It sends each line after the receipt of the previous
/// one.
const RECEIPTS: usize = 1000;

/// How many talkers send at the same time.
const TALKERS: usize = 8;
/// How many lines each talker of the burst sends without waiting for receipts.
const BURST: usize = 5000;

/// The number of measurements of each row. The table shows medians.
const ROUNDS: usize = 3;

/// What one round measures for a row of the table.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// How long receipts take with one talker.
    single: Receipts,
    /// How long receipts take with [`TALKERS`] talkers at the same time.
    concurrent: Receipts,
    /// The lines per second of all talkers together, measured until every talker has received every line.
    lines: f64,
}

/// How long receipts take.
#[derive(Clone, Copy, Debug, Default)]
struct Receipts {
    p50: Duration,
    p99: Duration,
}

fn main() {
    println!("Medians of {ROUNDS} rounds. Receipts are in milliseconds.\n");
    println!("                       1 talker        {TALKERS} talkers     burst of {TALKERS}");
    println!("                     p50     p99     p50     p99    lines a second");
    for servers in ROWS {
        let rounds: Vec<Row> = (0..ROUNDS).map(|_| measure(servers)).collect();
        let median = |value: fn(&Row) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[ROUNDS / 2]
        };
        let name = match servers {
            None => "without Redis".to_owned(),
            Some(1) => "Redis, 1 server".to_owned(),
            Some(count) => format!("Redis, {count} servers"),
        };
        let milliseconds = |receipts: fn(&Row) -> Duration| {
            let mut values: Vec<Duration> = rounds.iter().map(receipts).collect();
            values.sort_unstable();
            values[ROUNDS / 2].as_secs_f64() * 1000.0
        };
        println!(
            "{name:<16}{:>8.2}{:>8.2}{:>8.2}{:>8.2}{:>18.0}",
            milliseconds(|row| row.single.p50),
            milliseconds(|row| row.single.p99),
            milliseconds(|row| row.concurrent.p50),
            milliseconds(|row| row.concurrent.p99),
            median(|row| row.lines),
        );
    }
}

/// Starts the servers of a row and measures them.
fn measure(servers: Option<usize>) -> Row {
    let redis = servers.map(|_| RedisServer::with(&["--appendonly", "no"]));
    let mut options = vec!["--lines-per-second", "0", "--backlog", "1073741824"];
    let url = redis.as_ref().map(RedisServer::url).unwrap_or_default();
    if redis.is_some() {
        options.extend(["--redis", &url]);
    }
    let servers: Vec<Chat> = (0..servers.unwrap_or(1))
        .map(|_| Chat::ours(&options))
        .collect();
    let endpoints: Vec<Endpoint> = servers.iter().map(|server| server.endpoint).collect();
    Row {
        single: receipts(&endpoints, 1),
        concurrent: receipts(&endpoints, TALKERS),
        lines: burst(&endpoints),
    }
}

/// Measures how long receipts take. Each talker waits for the receipt of a line before it sends the next one.
fn receipts(endpoints: &[Endpoint], talkers: usize) -> Receipts {
    let threads = (0..talkers).map(|number| {
        let endpoint = endpoints[number % endpoints.len()];
        thread::spawn(move || {
            let mut client = endpoint.connect(&format!("/?name=talker-{number}x"));
            client.receive_pong();
            let times = (0..RECEIPTS).map(|line| {
                let begin = Instant::now();
                client.say_and_receive(&format!("{number} {line}"));
                begin.elapsed()
            });
            times.collect::<Vec<_>>()
        })
    });
    let threads: Vec<_> = threads.collect();
    let times = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap());
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    Receipts {
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    }
}

/// Lets all talkers send without waiting for receipts. Returns their lines per second, measured until every talker has
/// received every line.
fn burst(endpoints: &[Endpoint]) -> f64 {
    let threads = (0..TALKERS).map(|number| {
        let endpoint = endpoints[number % endpoints.len()];
        let mut client = endpoint.connect(&format!("/?name=burst-{number}x"));
        client.receive_pong();
        client
    });
    let clients: Vec<_> = threads.collect();
    let begin = Instant::now();
    let threads = clients.into_iter().map(|mut client| {
        thread::spawn(move || {
            for line in 0..BURST {
                client.say(&format!("{line}"));
            }
            let mut received = 0;
            while received < TALKERS * BURST {
                received += usize::from(client.receive_line().contains("x: "));
            }
        })
    });
    let threads: Vec<_> = threads.collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    (TALKERS * BURST) as f64 / begin.elapsed().as_secs_f64()
}
