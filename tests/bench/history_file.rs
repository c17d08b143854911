//! Measures, in rounds, what `--history-file` costs: the delays of receipts and the speed of bursts, with and without a
//! file.
//!
//! `make bench-history` runs it. The file is in `target`, because `/tmp` may be in memory, where a sync costs nothing.
//! The first line of the output shows the minimum cost of a receipt: a write and a sync of one line, without a server.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use crate::crowd::{Crowd, frame, handshake};
use crate::experiment::Server;
use crate::running_server::RunningServer;
use crate::samples::{Samples, load_of_others};

const ROUNDS: usize = 3;
const TALKERS: [usize; 3] = [1, 10, 100];
/// How long each talker sends lines. A talker sends the next line when it has the receipt for the previous line.
const TALK: Duration = Duration::from_secs(2);
/// A burst: all talkers together send this many lines, in frames of [`LINES_PER_FRAME`] lines.
const BURST: usize = 100_000;
const LINES_PER_FRAME: usize = 500;
/// How many lines are written and synced without a server.
const BARE_SYNCS: usize = 200;
const LIMIT: Duration = Duration::from_secs(120);

/// One row of the printed table: the results for one number of talkers, with or without a history file.
struct Row {
    talkers: usize,
    has_file: bool,
    /// Lines per second in a burst.
    burst: Samples,
    /// The delay of each receipt, in microseconds.
    receipts: Vec<f64>,
    /// Lines per second from all talkers together, each of which waits for its receipts.
    lines: Samples,
    lines_per_sync: Samples,
}

/// Measures the server and prints the results.
pub fn run(server: &Server) {
    let file = PathBuf::from(format!("target/bench-history-{}", process::id()));
    let rows = TALKERS
        .iter()
        .flat_map(|&talkers| [false, true].map(|has_file| (talkers, has_file)));
    let mut rows: Vec<Row> = rows
        .map(|(talkers, has_file)| Row::new(talkers, has_file))
        .collect();
    let (mut others, mut syncs) = (Samples::default(), Vec::new());
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS} ...");
        others.add(load_of_others());
        syncs.extend(bare_syncs(&file));
        for row in &mut rows {
            row.measure(server, &file);
            let _ = fs::remove_file(&file);
        }
    }
    let syncs = Samples::from_iter(syncs);
    println!(
        "a write and a sync of one line, without a server: p50 {:.0} µs, p99 {:.0} µs\n",
        syncs.median(),
        syncs.percentile(99)
    );
    println!("                burst      receipt, µs              talk");
    println!("talkers file  lines/s     p50      p99  lines/s  syncs/s  lines a sync");
    rows.into_iter().for_each(Row::print);
    println!(
        "\n{ROUNDS} rounds, medians. Other programs used {:.0} % of the machine.",
        others.median()
    );
}

impl Row {
    fn new(talkers: usize, has_file: bool) -> Row {
        Row {
            talkers,
            has_file,
            burst: Samples::default(),
            receipts: Vec::new(),
            lines: Samples::default(),
            lines_per_sync: Samples::default(),
        }
    }

    fn measure(&mut self, server: &Server, file: &Path) {
        let command = match self.has_file {
            true => format!("{} --history-file {}", server.command, file.display()),
            false => server.command.clone(),
        };
        let server = Server::new(&command);
        self.burst.add(burst(&server.start(), self.talkers));
        let server = server.start();
        let (lines_before, syncs_before) = lines_and_syncs(&server.address);
        let receipts = talk(&server.address, self.talkers);
        let (lines, syncs) = lines_and_syncs(&server.address);
        self.lines.add(receipts.len() as f64 / TALK.as_secs_f64());
        if self.has_file {
            self.lines_per_sync
                .add((lines - lines_before) / (syncs - syncs_before));
        }
        self.receipts.extend(receipts);
    }

    fn print(self) {
        let receipts = Samples::from_iter(self.receipts);
        let (lines, lines_per_sync) = (self.lines.median(), self.lines_per_sync.median());
        let syncs = match self.has_file {
            true => format!("{:>9.0}{lines_per_sync:>14.1}", lines / lines_per_sync),
            false => format!("{:>9}{:>14}", "–", "–"),
        };
        println!(
            "{:>7} {:<4}{:>9.0}{:>8.0}{:>9.0}{lines:>9.0}{syncs}",
            self.talkers,
            if self.has_file { "yes" } else { "no" },
            self.burst.median(),
            receipts.median(),
            receipts.percentile(99),
        );
    }
}

/// Writes and syncs [`BARE_SYNCS`] lines, one at a time, and returns how long each took, in microseconds.
fn bare_syncs(path: &Path) -> Vec<f64> {
    let mut file = File::create(path).unwrap();
    let syncs = (0..BARE_SYNCS).map(|_| {
        let begun = Instant::now();
        file.write_all(b"1234 anna: a line of usual length\n")
            .unwrap();
        file.sync_data().unwrap();
        begun.elapsed().as_secs_f64() * 1e6
    });
    let syncs = syncs.collect();
    fs::remove_file(path).unwrap();
    syncs
}

/// Returns how many lines per second reach all talkers in a burst.
fn burst(server: &RunningServer, talkers: usize) -> f64 {
    let mut crowd = Crowd::connect(&server.address, talkers);
    crowd.wait_until_idle();
    let message = vec!["all at once"; LINES_PER_FRAME].join("\n");
    let (before, begun) = (crowd.lines, Instant::now());
    let rounds = BURST / LINES_PER_FRAME / talkers;
    for _ in 0..rounds {
        (0..talkers).for_each(|talker| crowd.say(talker, &message));
        // Reading frees space in the sockets' buffers for more lines.
        crowd.read(Duration::ZERO);
    }
    let lines = rounds * talkers * LINES_PER_FRAME;
    crowd.read_to(before + (lines * talkers) as u64, LIMIT);
    lines as f64 / begun.elapsed().as_secs_f64()
}

/// Lets each talker repeatedly send a line and wait for its receipt. Returns the delays of all receipts, in
/// microseconds.
fn talk(address: &str, talkers: usize) -> Vec<f64> {
    thread::scope(|scope| {
        let talkers: Vec<_> = (0..talkers)
            .map(|number| handshake(address, &format!("/?name=t{number}")))
            .enumerate()
            .map(|(number, client)| scope.spawn(move || receipts(client, number)))
            .collect();
        let delays = talkers.into_iter().map(|talker| talker.join().unwrap());
        delays.collect::<Vec<_>>().concat()
    })
}

/// Sends lines on one connection for [`TALK`], each after the receipt for the previous line. `unread` holds the bytes
/// that were received with the handshake. Returns the delays of the receipts, in microseconds.
fn receipts((mut stream, mut unread): (TcpStream, Vec<u8>), number: usize) -> Vec<f64> {
    let own = format!(" t{number}: ");
    let (begun, mut delays) = (Instant::now(), Vec::new());
    while begun.elapsed() < TALK {
        let said = Instant::now();
        stream
            .write_all(&frame("a line of usual length, as people say it"))
            .unwrap();
        while !next_text(&mut stream, &mut unread).contains(&own) {}
        delays.push(said.elapsed().as_secs_f64() * 1e6);
    }
    delays
}

/// Reads the next text frame, of at most 125 bytes.
fn next_text(stream: &mut TcpStream, unread: &mut Vec<u8>) -> String {
    loop {
        if let [_, length @ ..=125, rest @ ..] = &unread[..] {
            if let Some(text) = rest.get(..usize::from(*length)) {
                let text = String::from_utf8(text.to_vec()).unwrap();
                unread.drain(..2 + text.len());
                return text;
            }
        }
        let mut buffer = [0; 16 * 1024];
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "the server closed the connection");
        unread.extend_from_slice(&buffer[..length]);
    }
}

/// Returns how many lines and how many syncs the server has counted.
fn lines_and_syncs(address: &str) -> (f64, f64) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    let number = |name: &str| {
        let line = page.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().parse::<f64>().unwrap()
    };
    (
        number("chat_lines_total "),
        number("chat_history_file_syncs_total "),
    )
}
