//! The loads under which servers are measured.

use std::time::{Duration, Instant};

use crate::crowd::{Crowd, handshake};
use crate::experiment::Server;
use crate::running_server::RunningServer;
use crate::samples::Samples;

/// In a burst, this many clients send [`LINES`] lines each. There are at most [`BURSTS`] bursts.
pub const TALKERS: usize = 32;
const LINES: usize = 1632;
const BURSTS: usize = 60;
/// After this time, no further burst begins. Some servers need half a minute for a single burst.
const MAX_BURST_TIME: Duration = Duration::from_secs(1);
/// How long one client sends lines. Then all clients are silent for [`SILENCE`].
const STEADY: Duration = Duration::from_millis(500);
const SILENCE: Duration = STEADY;
/// The number of handshakes in a measurement. [`handshakes`] makes [`PARALLEL_HANDSHAKES`] of them at a time.
const HANDSHAKES: usize = 2000;
const PARALLEL_HANDSHAKES: usize = 4;
/// If the expected lines take longer than this to arrive, the benchmark panics.
const LIMIT: Duration = Duration::from_secs(120);

/// Measures the CPU time per delivered line, in microseconds, while one of `clients` clients sends `rate` lines per
/// second.
pub fn steady(server: &Server, clients: usize, rate: u64) -> f64 {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, clients);
    crowd.wait_until_idle();
    say_steadily(&server, &mut crowd, clients, rate).0
}

/// Measures the same as [`steady`], and the delays of the same deliveries: their median and their 99th percentile, in
/// milliseconds. A delay ends when the benchmark has read from all clients that have data. Finally measures the
/// server's CPU time while all clients are silent, as a percentage of one core.
pub fn steady_and_silent(server: &Server, clients: usize, rate: u64) -> Vec<f64> {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, clients);
    crowd.wait_until_idle();
    let (each, delays) = say_steadily(&server, &mut crowd, clients, rate);
    crowd.wait_until_idle();
    let (cpu, begin) = (server.cpu(), Instant::now());
    while let Some(left) = SILENCE.checked_sub(begin.elapsed()) {
        crowd.read(left);
    }
    let silent = (server.cpu() - cpu).as_secs_f64() / begin.elapsed().as_secs_f64();
    vec![each, delays.median(), delays.percentile(99), 100.0 * silent]
}

/// Sends lines from one client. Returns the CPU time per delivered line, in microseconds, and the delay of each
/// delivery, in milliseconds.
fn say_steadily(
    server: &RunningServer,
    crowd: &mut Crowd,
    clients: usize,
    rate: u64,
) -> (f64, Samples) {
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let begin = Instant::now();
    let count = (rate as f64 * STEADY.as_secs_f64()) as u64;
    let (mut sent, mut delays) = (Vec::new(), Vec::new());
    let mut read = |crowd: &mut Crowd, sent: &[Instant], left: Duration| {
        let before = crowd.lines - lines;
        crowd.read(left);
        // Assumes that all clients receive a line before any client receives the next. For an overloaded server, this
        // may be untrue.
        delays.extend((before..crowd.lines - lines).map(|delivery| {
            let sent = sent[delivery as usize / clients];
            sent.elapsed().as_secs_f64() * 1e3
        }));
    };
    for number in 1..=count {
        sent.push(Instant::now());
        crowd.say(0, "a line of usual length, as people say it");
        let next = begin + Duration::from_micros(number * 1_000_000 / rate);
        while let Some(left) = next
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            read(crowd, &sent, left);
        }
    }
    while crowd.lines < lines + count * clients as u64 {
        let arrived = crowd.lines - lines;
        assert!(begin.elapsed() < LIMIT, "only {arrived} lines arrived");
        read(crowd, &sent, Duration::from_millis(100));
    }
    let each = micros_each(server.cpu() - cpu, crowd.lines - lines);
    (each, Samples::from_iter(delays))
}

/// Measures the CPU time and the elapsed time per delivered line, in microseconds, while all clients talk at the same
/// time. One thread of the benchmark sends and reads for all clients. A fast server waits for it.
pub fn burst(server: &Server, lines_per_frame: usize) -> Vec<f64> {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, TALKERS);
    crowd.wait_until_idle();
    let (cpu, lines) = (server.cpu_with_ended_threads(), crowd.lines);
    let frame = vec!["all at once"; lines_per_frame].join("\n");
    let frames = vec![&*frame; LINES / lines_per_frame];
    let begin = Instant::now();
    for burst in 1..=BURSTS {
        (0..TALKERS).for_each(|talker| crowd.send_all(talker, &frames));
        crowd.read_to(lines + (burst * TALKERS * TALKERS * LINES) as u64, LIMIT);
        if begin.elapsed() > MAX_BURST_TIME {
            break;
        }
    }
    let (time, cpu) = (begin.elapsed(), server.cpu_with_ended_threads() - cpu);
    let count = crowd.lines - lines;
    vec![micros_each(cpu, count), micros_each(time, count)]
}

/// Measures how much resident memory a silent client adds to the server's process, in KiB.
pub fn memory(server: &Server) -> f64 {
    let server = server.start();
    let connect = || handshake(&server.address, "/");
    // The first clients are not measured: with them, the process also allocates memory that later clients share.
    let mut sockets: Vec<_> = (0..100).map(|_| connect()).collect();
    let before = server.resident();
    sockets.extend((0..HANDSHAKES).map(|_| connect()));
    (server.resident() - before) as f64 / HANDSHAKES as f64
}

/// Measures the CPU time and the elapsed time per handshake, in microseconds.
pub fn handshakes(server: &Server) -> Vec<f64> {
    let server = server.start();
    // A room with more than 100 members sends no notices about joins.
    let _members: Vec<_> = (0..101).map(|_| handshake(&server.address, "/")).collect();
    let (cpu, begin) = (server.cpu(), Instant::now());
    let sockets: Vec<_> = std::thread::scope(|scope| {
        let connect = || {
            (0..HANDSHAKES / PARALLEL_HANDSHAKES)
                .map(|_| handshake(&server.address, "/"))
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..PARALLEL_HANDSHAKES)
            .map(|_| scope.spawn(connect))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let (time, cpu) = (begin.elapsed(), server.cpu() - cpu);
    drop(sockets);
    let count = HANDSHAKES as u64;
    vec![micros_each(cpu, count), micros_each(time, count)]
}

fn micros_each(whole: Duration, count: u64) -> f64 {
    whole.as_secs_f64() * 1e6 / count as f64
}
