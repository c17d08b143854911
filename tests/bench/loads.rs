//! The loads under which servers are measured.

use std::time::{Duration, Instant};

use crate::crowd::{Crowd, handshake};
use crate::experiment::Server;
use crate::running_server::RunningServer;

/// A burst: how many clients talk, how many lines each sends, and the maximum number of bursts.
pub const TALKERS: usize = 32;
const LINES: usize = 1632;
const BURSTS: usize = 20;
/// After this time, no further burst begins. Some servers need half a minute for a single burst.
const MAX_BURST_TIME: Duration = Duration::from_millis(500);
/// How long one client sends lines, and how long all clients are silent.
const STEADY: Duration = Duration::from_millis(500);
const SILENCE: Duration = STEADY;
/// The number of handshakes, and the number that run at the same time.
const HANDSHAKES: usize = 2000;
const PARALLEL_HANDSHAKES: usize = 4;
/// How long a measurement may take.
const LIMIT: Duration = Duration::from_secs(120);

/// Measures the CPU time per delivered line, in microseconds, while one of `clients` clients sends `rate` lines per
/// second.
pub fn steady(server: &Server, clients: usize, rate: u64) -> f64 {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, clients);
    crowd.wait_until_idle();
    say_steadily(&server, &mut crowd, clients, rate)
}

/// Measures the CPU time of the server while all clients are silent, in percent of a core, and then the same as [`steady`].
/// Returns the result of `steady` first.
pub fn steady_and_idle(server: &Server, clients: usize, rate: u64) -> Vec<f64> {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, clients);
    crowd.wait_until_idle();
    let (cpu, begin) = (server.cpu(), Instant::now());
    while let Some(left) = SILENCE.checked_sub(begin.elapsed()) {
        crowd.read(left);
    }
    let idle = (server.cpu() - cpu).as_secs_f64() / begin.elapsed().as_secs_f64();
    let each = say_steadily(&server, &mut crowd, clients, rate);
    vec![each, 100.0 * idle]
}

fn say_steadily(server: &RunningServer, crowd: &mut Crowd, clients: usize, rate: u64) -> f64 {
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let begin = Instant::now();
    let count = (rate as f64 * STEADY.as_secs_f64()) as u64;
    for number in 1..=count {
        crowd.say(0, "a line of usual length, as people say it");
        let next = begin + Duration::from_micros(number * 1_000_000 / rate);
        while let Some(left) = next
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            crowd.read(left);
        }
    }
    crowd.read_to(lines + count * clients as u64, LIMIT);
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// Measures the CPU time per delivered line, in microseconds, while all clients talk at the same time.
pub fn burst(server: &Server, lines_per_frame: usize) -> f64 {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, TALKERS);
    crowd.wait_until_idle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
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
    micros_each(server.cpu() - cpu, crowd.lines - lines)
}

/// Measures how much memory a client that only listens adds to the process, in KiB.
pub fn memory(server: &Server) -> f64 {
    let server = server.start();
    let connect = || handshake(&server.address, "/");
    // The first clients are not measured, because they make the process allocate memory that it needs anyway.
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
