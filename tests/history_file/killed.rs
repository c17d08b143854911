//! SIGKILL at random moments: no line with a receipt is lost or changed, and the room continues.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use blocking_chat::base::line;
use crossbeam_channel::{Sender, unbounded};

use super::folder::{Folder, content};
use crate::support::chat::LIMIT;
use crate::support::http_client::HttpClient;
use crate::support::ports::free_port;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::random::Random;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{TEXT, encode};
use crate::support::watchdog::within;

/// How many times servers are killed, unless the environment variable `KILLS` sets another number.
const KILLS: usize = 200;
/// How many rooms run at the same time. The kills are divided among them.
const ROOMS: usize = 4;

/// How many times the server is killed while a `chat-client` is connected. The number is small, because the client's
/// pauses grow with each reconnect.
const ROUNDS: usize = 2;

/// How many lines a talker sends in one write.
const LINES_PER_WRITE: usize = 10;
/// The length of each talker's lines, in bytes. The long lines make the file rotate.
const LINE_LENGTHS: [usize; 3] = [10, 500, 5000];

/// Starts a server that listens on this address. Returns the server and its actual address.
pub fn start_at(address: &str, options: &[&str]) -> (Program, SocketAddr) {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
    let args = [&["--listen", address], options].concat();
    let program = Program::start(path, &args, &[("RUST_LOG", "warn")]).unwrap();
    let address = program.address().unwrap();
    (program, address)
}

/// Starts a `chat-client` and waits until it is a member.
pub fn client(url: &str, name: &str) -> Program {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
    let client = Program::start(path, &[url, "--name", name], &[]).unwrap();
    while !client.stdout_line(TIMEOUT).unwrap().ends_with(" joined") {}
    client
}

/// What the clients of a room know: the room's id, and every line that any of the clients has received.
#[derive(Default)]
struct KnownLines {
    room: String,
    lines: BTreeMap<u64, String>,
}

impl KnownLines {
    /// Adds a line that a client has received, if it has a number. All clients must receive the same line for a given
    /// number.
    fn add(&mut self, received: &str) {
        if let Some(number) = line::number(received) {
            let known = self
                .lines
                .entry(number)
                .or_insert_with(|| received.to_owned());
            assert_eq!(known, received);
        }
    }

    fn newest(&self) -> u64 {
        self.lines.last_key_value().map_or(0, |(number, _)| *number)
    }

    /// Checks that `file` and the rotated file together contain all known lines after this number, except those that a
    /// further rotation removed.
    fn assert_kept(&self, file: &Path, after: u64) {
        let (room, new) = content(file);
        assert_eq!(room, self.room);
        let mut kept = BTreeMap::new();
        let old = format!("{}.1", file.display());
        let old = Path::new(&old);
        let old = if old.exists() {
            content(old).1
        } else {
            Vec::new()
        };
        for line in old.into_iter().chain(new) {
            let number = line::number(&line).unwrap();
            let known = kept.entry(number).or_insert_with(|| line.clone());
            assert_eq!(*known, line, "the two files differ at number {number}");
        }
        // After two rotations, a known line may be in neither file.
        let first = kept.first_key_value().map_or(0, |(number, _)| *number);
        for (number, line) in self.lines.range(first.max(after + 1)..) {
            assert_eq!(kept.get(number), Some(line), "line {number}");
        }
    }
}

/// Talks until the server is gone. Sends each received line to `received`.
fn talk(address: SocketAddr, name: &str, length: usize, received: &Sender<String>) {
    let Ok(mut client) = RawClient::open(address, &format!("/?name={name}")) else {
        return;
    };
    let line = encode(TEXT, "x".repeat(length).as_bytes());
    while client.send_bytes(&line.repeat(LINES_PER_WRITE)).is_ok() {
        let mut own = 0;
        while own < LINES_PER_WRITE {
            let Ok(line) = client.read_text() else { return };
            own += usize::from(line.contains(&format!(" {name}: ")));
            let _ = received.send(line);
        }
    }
}

/// Joins a newly started server and listens until the server is gone. Checks that the client misses no line and that
/// the room is the known one. Drops `joining` once the client is a member.
fn listen(
    address: SocketAddr,
    known: &Mutex<KnownLines>,
    received: &Sender<String>,
    joining: Sender<Infallible>,
) {
    let (room, mut newest) = {
        let known = known.lock().unwrap();
        (known.room.clone(), known.newest())
    };
    let target = match &*room {
        "" => "/?name=listener&since=0".to_owned(),
        room => format!("/?name=listener&since={newest}&room={room}"),
    };
    let Ok(mut client) = RawClient::open(address, &target) else {
        return;
    };
    let Ok(welcome) = client.read_text() else {
        return;
    };
    drop(joining);
    let (_, entered) = welcome.rsplit_once(' ').unwrap();
    assert!(room.is_empty() || entered == room, "{welcome}");
    known.lock().unwrap().room = entered.to_owned();
    while let Ok(line) = client.read_text() {
        // The notices `* this is another room` and `* 3 lines are gone` have no number, so the test fails on them.
        let number = line::number(&line).expect(&line);
        assert_eq!(number, newest + 1, "{line}");
        newest = number;
        let _ = received.send(line);
    }
}

/// Posts lines over HTTP until the server is gone.
fn post(address: SocketAddr, received: &Sender<String>) {
    let Ok(raw) = RawClient::connect(address) else {
        return;
    };
    let mut client = HttpClient(raw);
    let request = crate::support::http_client::post("/lines?name=poster", "one\ntwo");
    while client.0.send_bytes(request.as_bytes()).is_ok() {
        let Ok(head) = client.0.read_head(TIMEOUT) else {
            return;
        };
        assert!(head.starts_with("HTTP/1.1 201 "), "{head}");
        let (_, length) = head.split_once("Content-Length: ").unwrap();
        let length = length.lines().next().unwrap().parse().unwrap();
        let Ok(body) = client.0.read_bytes(length) else {
            return;
        };
        for line in String::from_utf8(body).unwrap().lines() {
            let _ = received.send(line.to_owned());
        }
    }
}

/// Starts a server, lets clients talk, and kills the server at a random moment. Checks that no newly received line is
/// missing from the history files.
fn run_and_kill(file: &Path, known: &Mutex<KnownLines>, random: &mut Random) {
    let path = file.to_str().unwrap();
    // The room keeps more lines than all clients have in flight. The listener rejoins before the other clients send
    // more. So the listener misses no line.
    let options = [
        "--history-file",
        path,
        "--history-file-bytes",
        "2097152",
        "--history",
        "100",
    ];
    let (mut server, address) = start_at("127.0.0.1:0", &options);
    let before = known.lock().unwrap().newest();
    let (received, all_received) = unbounded();
    let mut lines = Vec::new();
    thread::scope(|scope| {
        let (joining, joined) = unbounded();
        let to_listener = received.clone();
        scope.spawn(move || listen(address, known, &to_listener, joining));
        let _ = joined.recv();
        scope.spawn(|| post(address, &received.clone()));
        for length in LINE_LENGTHS {
            let (received, name) = (received.clone(), format!("talker-{length}"));
            scope.spawn(move || talk(address, &name, length, &received));
        }
        // The kill follows a random number of lines and a short random pause.
        for _ in 0..random.below(80) {
            lines.push(all_received.recv_timeout(TIMEOUT).unwrap());
        }
        thread::sleep(Duration::from_micros(random.below(3000) as u64));
        server.signal(Signal::KILL).unwrap();
        server.wait(TIMEOUT).unwrap();
    });
    drop(received);
    lines.extend(&all_received);
    let mut known = known.lock().unwrap();
    for line in &lines {
        known.add(line);
    }
    known.assert_kept(file, before);
}

#[test]
fn killed_server_keeps_every_line_with_a_receipt() {
    let kills = std::env::var("KILLS").ok();
    let kills = kills.map_or(KILLS, |kills| kills.parse().unwrap());
    within(LIMIT + Duration::from_secs(2 * kills as u64), || {
        let left = AtomicUsize::new(kills);
        let take = |left: usize| left.checked_sub(1);
        thread::scope(|scope| {
            for room in 0..ROOMS {
                let left = &left;
                scope.spawn(move || {
                    let folder = Folder::new();
                    let (file, known) = (folder.file("room"), Mutex::default());
                    let mut random = Random::new(0x5f3a_09c1 + room as u64);
                    while left
                        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
                        .is_ok()
                    {
                        run_and_kill(&file, &known, &mut random);
                    }
                    assert!(known.lock().unwrap().newest() > 0);
                });
            }
        });
    });
}

/// Returns how many of these lines end with `end`.
fn count(lines: &[String], end: &str) -> usize {
    lines.iter().filter(|line| line.ends_with(end)).count()
}

#[test]
fn client_returns_to_the_room_and_each_line_is_said_once() {
    within(LIMIT, || {
        let folder = Folder::new();
        let file = folder.file("room");
        let options = ["--history-file", file.to_str().unwrap()];
        let address = format!("127.0.0.1:{}", free_port());
        let (mut server, address) = start_at(&address, &options);
        let mut anna = client(&format!("ws://{address}/"), "anna");
        let mut stdin = anna.take_stdin().unwrap();
        let lines: Vec<String> = (0..20 * ROUNDS)
            .map(|number| format!("line {number}."))
            .collect();
        let mut received = Vec::new();
        for lines in lines.chunks(20) {
            writeln!(stdin, "{}", lines.join("\n")).unwrap();
            // Wait until some receipts have arrived. Other lines may still be in flight.
            while count(&received, &lines[3]) == 0 {
                received.push(anna.stdout_line(TIMEOUT).unwrap());
            }
            server.signal(Signal::KILL).unwrap();
            server.wait(TIMEOUT).unwrap();
            (server, _) = start_at(&address.to_string(), &options);
        }
        drop(stdin);
        assert!(anna.wait(TIMEOUT).unwrap().success());
        received.extend(anna.rest_of_stdout(TIMEOUT).unwrap());
        assert!(!received.iter().any(|line| line.contains("another room")));
        let (_, kept) = content(&file);
        for line in lines {
            let said = format!(" anna: {line}");
            assert_eq!(count(&kept, &said), 1, "{line} in the file");
            assert_eq!(count(&received, &said), 1, "{line} shown to its sender");
        }
    });
}
