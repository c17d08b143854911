//! What `chat-server` costs as a multiple of a floor: a server that does the same with less, measured in the same round.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::crowd::{Crowd, shake_hands};
use crate::floors;
use crate::measured::Measured;
use crate::samples::Samples;
use crate::{FRAMES, LINES_PER_FRAME, LISTENERS, TALKERS};

/// How many clients hear each line, and how many lines are said in a second, so that a core has time for all of them.
const CURVE: [(usize, u64); 5] = [(1, 100), (10, 100), (100, 40), (1000, 15), (5000, 3)];
/// How long one client says lines.
const SECONDS: u64 = 1;
/// How many bursts there are.
const BURSTS: usize = 10;
/// How many clients shake hands, and how many of them at a time.
const HANDSHAKES: usize = 2000;
const AT_A_TIME: usize = 4;
/// How many lines make a delay.
const LINES: usize = 400;
/// How long a measurement may take.
const LIMIT: Duration = Duration::from_secs(60);

/// One thing that is measured of both.
struct Row {
    name: String,
    ours: Samples,
    floor: Samples,
    ratio: Samples,
    measure: Box<dyn Fn(&Server) -> f64>,
    floor_name: &'static str,
    options: &'static [&'static str],
}

/// What is to be started.
struct Server {
    program: String,
    options: &'static [&'static str],
}

impl Server {
    fn start(&self) -> Measured {
        Measured::start(&self.program, self.options)
    }
}

/// All rows of the table.
pub struct Table(Vec<Row>);

impl Table {
    /// A table without samples.
    pub fn new() -> Table {
        let mut rows = Vec::new();
        let mut row = |name: String, floor_name, options, measure: Box<dyn Fn(&Server) -> f64>| {
            rows.push(Row {
                name,
                ours: Samples::default(),
                floor: Samples::default(),
                ratio: Samples::default(),
                measure,
                floor_name,
                options,
            });
        };
        for (clients, rate) in CURVE {
            let measure = move |server: &Server| steady(server, clients, rate);
            let name = format!("{clients} hear a line, µs each");
            row(name, floors::LOOP, &[], Box::new(measure));
        }
        for options in [&["--writers", "2"], &["--writers", "4"]] {
            let name = format!("{LISTENERS} hear it, {} writers", options[1]);
            let measure = |server: &Server| steady(server, LISTENERS, 20);
            row(name, floors::LOOP, options, Box::new(measure));
        }
        let name = format!("{TALKERS} talk at once, µs a line");
        row(name, floors::LOOP, &[], Box::new(burst));
        let name = "a member, KiB resident".to_owned();
        row(name, floors::THREADS, &[], Box::new(memory));
        let name = "a handshake, µs of CPU".to_owned();
        row(name, floors::THREADS, &[], Box::new(handshake_cpu));
        let name = "a handshake, µs, 4 at once".to_owned();
        row(name, floors::THREADS, &[], Box::new(handshake_time));
        let name = "one line back, median µs".to_owned();
        row(name, floors::THREADS, &[], Box::new(delay));
        Table(rows)
    }

    /// Measures each row of both servers once.
    pub fn measure(&mut self, program: &str) {
        let this = std::env::current_exe().unwrap();
        for row in &mut self.0 {
            let floor = format!("{} {}", this.display(), row.floor_name);
            let floor = Server {
                program: floor,
                options: &[],
            };
            let ours = Server {
                program: program.to_owned(),
                options: row.options,
            };
            let (floor, ours) = ((row.measure)(&floor), (row.measure)(&ours));
            row.floor.add(floor);
            row.ours.add(ours);
            row.ratio.add(ours / floor);
        }
    }

    /// The table as text.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{:<30}{:^22}{:>7}{:^22}\n",
            "", "chat-server", "floor", "ratio"
        );
        let columns = format!("{:>8}{:>8}{:>6}", "least", "median", "range");
        let _ = writeln!(text, "{:<30}{columns}{:>7}{columns}", "", "median");
        for row in &self.0 {
            let floor = format!(
                "{:.1$}",
                row.floor.median(),
                if row.floor.median() < 0.1 { 4 } else { 2 }
            );
            let _ = writeln!(text, "{:<30}{}{floor:>7}{}", row.name, row.ours, row.ratio);
        }
        text
    }
}

/// CPU time for each delivered line while one of so many clients talks, in microseconds.
fn steady(server: &Server, clients: usize, rate: u64) -> f64 {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, clients);
    crowd.wait_until_idle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let begin = Instant::now();
    for number in 1..=rate * SECONDS {
        crowd.say(0, "a line of usual length, as people say it");
        let next = begin + Duration::from_micros(number * 1_000_000 / rate);
        while let Some(left) = next
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            crowd.read(left);
        }
    }
    crowd.read_to(lines + rate * SECONDS * clients as u64, LIMIT);
    (server.cpu() - cpu).as_secs_f64() * 1e6 / (crowd.lines - lines) as f64
}

/// CPU time for each delivered line when all clients talk at once, in microseconds.
fn burst(server: &Server) -> f64 {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, TALKERS);
    crowd.wait_until_idle();
    let (cpu, lines) = (server.cpu(), crowd.lines);
    let message = vec!["all at once"; LINES_PER_FRAME].join("\n");
    for burst in 1..=BURSTS {
        for _ in 0..FRAMES {
            (0..TALKERS).for_each(|talker| crowd.say(talker, &message));
        }
        let each = TALKERS * TALKERS * FRAMES * LINES_PER_FRAME;
        crowd.read_to(lines + (burst * each) as u64, LIMIT);
    }
    (server.cpu() - cpu).as_secs_f64() * 1e6 / (crowd.lines - lines) as f64
}

/// What a client that only listens adds to the memory of the process, in KiB.
fn memory(server: &Server) -> f64 {
    let server = server.start();
    let mut sockets: Vec<_> = (0..100)
        .map(|_| shake_hands(&server.address, "/"))
        .collect();
    let before = server.resident();
    sockets.extend((0..HANDSHAKES).map(|_| shake_hands(&server.address, "/")));
    (server.resident() - before) as f64 / HANDSHAKES as f64
}

fn handshake_cpu(server: &Server) -> f64 {
    handshakes(server).0
}

fn handshake_time(server: &Server) -> f64 {
    handshakes(server).1
}

/// The CPU time of the server for a handshake, and the time that passes for each, in microseconds.
fn handshakes(server: &Server) -> (f64, f64) {
    let server = server.start();
    // No notices of who joins: a room of more than 100 members has none.
    let _members: Vec<_> = (0..101)
        .map(|_| shake_hands(&server.address, "/"))
        .collect();
    let (cpu, begin) = (server.cpu(), Instant::now());
    let sockets: Vec<_> = std::thread::scope(|scope| {
        let connect = || {
            (0..HANDSHAKES / AT_A_TIME)
                .map(|_| shake_hands(&server.address, "/"))
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(connect)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let (time, cpu) = (begin.elapsed(), server.cpu() - cpu);
    drop(sockets);
    let each = |whole: Duration| whole.as_secs_f64() * 1e6 / HANDSHAKES as f64;
    (each(cpu), each(time))
}

/// How long a client waits for its own line, in microseconds: the median.
fn delay(server: &Server) -> f64 {
    let server = server.start();
    let mut crowd = Crowd::connect(&server.address, 1);
    crowd.wait_until_idle();
    let mut delays = Samples::default();
    for _ in 0..LINES {
        let (begin, lines) = (Instant::now(), crowd.lines);
        crowd.say(0, "there and back");
        crowd.read_to(lines + 1, LIMIT);
        delays.add(begin.elapsed().as_secs_f64() * 1e6);
        std::thread::sleep(Duration::from_millis(1));
    }
    delays.median()
}
