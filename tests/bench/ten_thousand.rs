//! Ten thousand clients in one room: `make bench-10k`. One client sends a line per second, and each delivery is timed.

use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::crowd::Crowd;
use crate::experiment::Server;
use crate::running_server::{RunningServer, available};
use crate::samples::Samples;

/// The number of clients. In each of the benchmark's three parts, one client sends [`LINES`] lines, one every
/// [`PAUSE`].
const CLIENTS: usize = 10_000;
const LINES: usize = 10;
const PAUSE: Duration = Duration::from_secs(1);
/// How many clients stop reading in the second part: 1 %.
const SILENT: usize = CLIENTS / 100;
/// The number of clients that resume at the same time in the third part.
const RESUMING: usize = 100;
/// The number of lines that each resuming client requests.
const HISTORY: usize = 10_000;
const LINES_PER_FRAME: usize = 500;
/// The time limit for delivering one line to all clients, and for delivering the whole history.
const LIMIT: Duration = Duration::from_secs(30);

/// Measures `chat-server` and prints the results.
pub fn run(server: &Server) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    setrlimit(Resource::Nofile, all).unwrap();
    let before = available();
    let server = Server::new(&format!("{} --history {HISTORY}", server.command)).start();
    let begin = Instant::now();
    let mut crowd = Crowd::connect(&server.address, CLIENTS);
    crowd.wait_until_idle();
    println!(
        "{CLIENTS} clients joined in {:.1} s",
        begin.elapsed().as_secs_f64()
    );
    let each = |kib: u64| kib as f64 / CLIENTS as f64;
    println!(
        "{} threads, {:.1} KiB resident per client, {:.1} KiB counting the kernel's memory for both ends of its socket",
        server.threads(),
        each(server.resident()),
        each(before.saturating_sub(available())),
    );
    report("all clients read", &server, say_lines(&mut crowd, CLIENTS));
    for client in 0..SILENT {
        crowd.stop_reading(CLIENTS - 1 - client);
    }
    report(
        "1 % have stopped reading",
        &server,
        say_lines(&mut crowd, CLIENTS - SILENT),
    );
    let text = vec!["a line of the history"; LINES_PER_FRAME].join("\n");
    let expected = crowd.lines + (HISTORY * (CLIENTS - SILENT)) as u64;
    for _ in 0..HISTORY / LINES_PER_FRAME {
        crowd.say(0, &text);
    }
    crowd.read_to(expected, LIMIT);
    let delays = std::thread::scope(|scope| {
        for _ in 0..RESUMING {
            scope.spawn(|| {
                let mut client = Crowd::connect(&server.address, 0);
                client.add(&server.address, "/?since=1");
                client.read_to(HISTORY as u64, LIMIT);
            });
        }
        say_lines(&mut crowd, CLIENTS - SILENT)
    });
    report("100 clients resume and ask for all lines", &server, delays);
}

/// Sends lines and waits until this many clients have received each line. Returns how long each delivery took, in
/// milliseconds.
fn say_lines(crowd: &mut Crowd, clients: usize) -> Samples {
    let mut delays = Vec::new();
    for _ in 0..LINES {
        let (begin, before) = (Instant::now(), crowd.lines);
        crowd.say(0, "a line of usual length, as people say it");
        while crowd.lines < before + clients as u64 {
            let arrived = crowd.lines;
            assert!(
                begin.elapsed() < LIMIT,
                "only {} of {clients} clients have received the line",
                arrived - before
            );
            crowd.read(Duration::from_millis(100));
            let delay = begin.elapsed().as_secs_f64() * 1e3;
            delays.extend((arrived..crowd.lines).map(|_| delay));
        }
        std::thread::sleep(PAUSE.saturating_sub(begin.elapsed()));
    }
    Samples::from_iter(delays)
}

fn report(what: &str, server: &RunningServer, delays: Samples) {
    println!(
        "{what}: {} deliveries, none lost, p50 {:.1} ms, p99 {:.1} ms, {} threads",
        delays.count(),
        delays.median(),
        delays.percentile(99),
        server.threads(),
    );
}
