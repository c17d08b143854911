//! What one delivered line costs a server, in CPU time of its process: steadily, in a burst, and in a quiet room.
//!
//! `make bench` runs it against `chat-server`, the steps and the [floors] on the same machine, in rounds: each round
//! measures each server once, so that a busy minute hits all of them. The ratios mean something where the numbers do not.
//! Any other server can be given as a program: it gets its address as `--listen 127.0.0.1:0` if its name begins with
//! `chat-server`, else as its only argument, prints `listening on ws://…/` first, and sends each text message to
//! everyone. A line is whatever frame arrives.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::unwrap_used
)]

mod crowd;
mod floors;
mod measured;
mod ratios;
mod samples;
mod ten_thousand;

use std::time::{Duration, Instant};

use crowd::Crowd;
use measured::Measured;
use ratios::Table;
use samples::{Samples, busy};

/// How often everything is measured.
const ROUNDS: usize = 3;
/// From how much work of other programs on the machine is busy, in per cent of all cores.
const BUSY: f64 = 10.0;
/// The steady load: how many clients listen, how many lines are said in a second, and for how long.
const LISTENERS: usize = 500;
const LINES_PER_SECOND: u64 = 40;
const SECONDS: u64 = 1;
/// A burst: how many clients talk, how many frames of `LINES_PER_FRAME` lines each says, and how many bursts there are.
const TALKERS: usize = 32;
const FRAMES: usize = 2;
const BURSTS: usize = 20;
const LINES_PER_FRAME: usize = 816;
/// How long bursts go on: some servers take half a minute for one.
const ENOUGH: Duration = Duration::from_secs(2);
/// How long a measurement may take.
const LIMIT: Duration = Duration::from_secs(120);

/// What was measured of one server.
struct Row {
    program: String,
    steady: Samples,
    burst: Samples,
    idle: Samples,
}

fn main() {
    if let Some(floor) = std::env::args().nth(1) {
        floors::run(&floor);
    }
    let mut programs: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    if programs.is_empty() {
        programs.push(env!("CARGO_BIN_EXE_chat-server").to_owned());
    }
    if std::env::args().any(|word| word == "--ten-thousand") {
        return ten_thousand::run(&programs[0]);
    }
    let mut rows: Vec<Row> = programs.into_iter().map(Row::new).collect();
    let mut others = Samples::default();
    let mut table = Table::new();
    let ours = rows.iter().position(|row| row.name() == "chat-server");
    let ours = ours.map(|row| rows[row].program.clone());
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS} ...");
        others.add(busy());
        rows.iter_mut().for_each(Row::measure);
        if let Some(program) = &ours {
            table.measure(program);
        }
    }
    println!(
        "{:<13}{:^22}{:^22}{:>20}",
        "", "steady, µs a line", "burst, µs a line", "idle, % of a core"
    );
    let columns = format!("{:>8}{:>8}{:>6}", "least", "median", "range");
    println!("{:<13}{columns}{columns}{columns}", "");
    for row in &rows {
        println!("{:<13}{}{}{}", row.name(), row.steady, row.burst, row.idle);
    }
    if ours.is_some() {
        println!("\n{}", table.to_text());
    }
    println!("\n{ROUNDS} rounds. The range is from the least to the most, in % of the median.");
    if others.median() > BUSY {
        println!(
            "The machine is busy: other programs use {:.0} % of its cores. Do not trust this.",
            others.median()
        );
    }
}

impl Row {
    fn new(program: String) -> Row {
        Row {
            program,
            steady: Samples::default(),
            burst: Samples::default(),
            idle: Samples::default(),
        }
    }

    fn name(&self) -> &str {
        self.program.rsplit('/').next().unwrap_or_default()
    }

    fn measure(&mut self) {
        self.steady.add(steady(&self.program));
        self.idle.add(idle(&self.program));
        // The steps lose what does not fit into their queues.
        if !self.name().starts_with("step-") {
            self.burst.add(burst(&self.program));
        }
    }
}

/// CPU time for each delivered line while one client says a line now and then, in microseconds.
fn steady(program: &str) -> f64 {
    let server = Measured::start(program, &[]);
    let mut crowd = Crowd::connect(&server.address, LISTENERS);
    crowd.wait_until_idle();
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
    crowd.wait_until_idle();
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// CPU time for each delivered line when all clients talk at once, in microseconds.
fn burst(program: &str) -> f64 {
    let server = Measured::start(program, &[]);
    let mut crowd = Crowd::connect(&server.address, TALKERS);
    crowd.wait_until_idle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let message = vec!["all at once"; LINES_PER_FRAME].join("\n");
    let begin = Instant::now();
    for burst in 1..=BURSTS {
        for _ in 0..FRAMES {
            (0..TALKERS).for_each(|talker| crowd.say(talker, &message));
        }
        let each = TALKERS * TALKERS * FRAMES * LINES_PER_FRAME;
        crowd.read_to(lines + (burst * each) as u64, LIMIT);
        if begin.elapsed() > ENOUGH {
            break;
        }
    }
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// How much of a core the server uses while its clients are silent, in per cent.
fn idle(program: &str) -> f64 {
    let server = Measured::start(program, &[]);
    let mut crowd = Crowd::connect(&server.address, LISTENERS);
    crowd.wait_until_idle();
    let (cpu, begin) = (server.cpu(), Instant::now());
    while begin.elapsed() < Duration::from_secs(1) {
        crowd.read(Duration::from_millis(100));
    }
    100.0 * (server.cpu() - cpu).as_secs_f64() / begin.elapsed().as_secs_f64()
}

fn micros_each(cpu: Duration, lines: u64) -> f64 {
    cpu.as_secs_f64() * 1e6 / lines as f64
}
