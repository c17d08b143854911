//! What one delivered line costs a server, in CPU time of its process: steadily, in a burst, and while nobody talks.
//!
//! `make bench` runs it against `chat-server` and the steps, one after the other on the same machine, so that their ratios
//! mean something where the absolute numbers do not. Any other server can be given as a program: it gets its address as
//! `--listen 127.0.0.1:0` if its name begins with `chat-server`, else as its only argument, prints `listening on ws://…/`
//! first, and sends each text message to everyone. A line is whatever frame arrives.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

mod crowd;
mod measured;

use std::time::{Duration, Instant};

use crowd::Crowd;
use measured::Measured;

/// Who listens in the steady load, how often somebody says a line, and for how long.
const LISTENERS: usize = 500;
const LINES_PER_SECOND: u64 = 40;
const SECONDS: u64 = 5;
/// Who talks in a burst, how many lines each says, in frames of `LINES_PER_FRAME`, and how many bursts there are.
const TALKERS: usize = 32;
const FRAMES: usize = 2;
const BURSTS: usize = 20;
const LINES_PER_FRAME: usize = 816;
/// No measurement may take longer.
const LIMIT: Duration = Duration::from_secs(60);

fn main() {
    let programs: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let ours = vec![env!("CARGO_BIN_EXE_chat-server").to_owned()];
    println!(
        "{:<14}{:>22}{:>22}{:>24}",
        "", "steady, µs a line", "burst, µs a line", "idle, % of a core"
    );
    for program in if programs.is_empty() { ours } else { programs } {
        let name = program.rsplit('/').next().unwrap_or_default();
        let steady = steady(&program);
        let idle = idle(&program);
        let burst = if name == "chat-server" {
            format!("{:.4}", burst(&program))
        } else {
            "–".to_owned()
        };
        println!("{name:<14}{steady:>22.2}{burst:>22}{idle:>24.2}");
    }
}

/// CPU time for each delivered line while one client says a line now and then, in microseconds.
fn steady(program: &str) -> f64 {
    let server = Measured::start(program);
    let mut crowd = Crowd::connect(&server.address, LISTENERS);
    crowd.settle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let begin = Instant::now();
    for number in 1..=LINES_PER_SECOND * SECONDS {
        crowd.say(0, "a line of usual length, as people say it");
        let next = begin + Duration::from_micros(number * 1_000_000 / LINES_PER_SECOND);
        while let Some(left) = next
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            crowd.read(left);
        }
    }
    crowd.settle();
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// CPU time for each delivered line when all talk at once, in microseconds.
fn burst(program: &str) -> f64 {
    let server = Measured::start(program);
    let mut crowd = Crowd::connect(&server.address, TALKERS);
    crowd.settle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let message = vec!["all at once"; LINES_PER_FRAME].join("\n");
    let begin = Instant::now();
    for _ in 0..BURSTS {
        for _ in 0..FRAMES {
            (0..TALKERS).for_each(|talker| crowd.say(talker, &message));
        }
        let expected = crowd.lines + (TALKERS * TALKERS * FRAMES * LINES_PER_FRAME) as u64;
        while crowd.lines < expected {
            assert!(
                begin.elapsed() < LIMIT,
                "{} lines of {expected} came",
                crowd.lines
            );
            crowd.read(Duration::from_millis(100));
        }
    }
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// How much of a core the server uses while its clients are silent, in per cent.
fn idle(program: &str) -> f64 {
    let server = Measured::start(program);
    let mut crowd = Crowd::connect(&server.address, LISTENERS);
    crowd.settle();
    let (cpu, begin) = (server.cpu(), Instant::now());
    while begin.elapsed() < Duration::from_secs(2) {
        crowd.read(Duration::from_millis(100));
    }
    100.0 * (server.cpu() - cpu).as_secs_f64() / begin.elapsed().as_secs_f64()
}

fn micros_each(cpu: Duration, lines: u64) -> f64 {
    cpu.as_secs_f64() * 1e6 / lines as f64
}
