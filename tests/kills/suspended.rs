//! SIGSTOP, for longer than every timeout that could end the connection, and then SIGCONT.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Short timeouts. The handshake timeout is not among them, because no handshake is in progress while a process is
/// suspended.
const IMPATIENT: [&str; 6] = [
    "--idle-timeout",
    "1",
    "--write-timeout",
    "1",
    "--close-timeout",
    "1",
];

/// How long a process is suspended: longer than each of these timeouts.
const STOPPED: Duration = Duration::from_millis(2500);

/// Waits until the client prints a line that contains `part`, and returns the line.
fn shown(client: &Program, part: &str) -> String {
    let begun = Instant::now();
    loop {
        let line = client.stdout_line(TIMEOUT).unwrap();
        if line.contains(part) {
            return line;
        }
        assert!(begun.elapsed() < TIMEOUT, "no {part:?}");
    }
}

fn client(chat: &Chat, name: &str) -> Program {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
    let url = format!("ws://{}/", chat.address);
    let client = Program::start(path, &[&url, "--name", name], &[]).unwrap();
    shown(&client, &format!("* you are {name} "));
    client
}

#[test]
fn suspended_server_resumes_with_its_clients() {
    within(LIMIT, || {
        let chat = Chat::ours(&IMPATIENT);
        let mut clients = ["anna", "ben"].map(|name| client(&chat, name));
        let mut pipes = clients
            .each_mut()
            .map(|client| client.take_stdin().unwrap());
        chat.program.signal(Signal::STOP).unwrap();
        for pipe in &mut pipes {
            std::io::Write::write_all(pipe, b"said to a stopped server\n").unwrap();
        }
        // The suspension must be longer than the timeouts, so the test has to sleep.
        thread::sleep(STOPPED);
        chat.program.signal(Signal::CONT).unwrap();
        for client in &clients {
            for _ in &clients {
                shown(client, ": said to a stopped server");
            }
        }
        drop(pipes);
        for mut client in clients {
            assert!(client.wait(TIMEOUT).unwrap().success());
        }
    });
}

#[test]
fn suspended_client_returns_and_misses_nothing() {
    within(LIMIT, || {
        let chat = Chat::ours(&IMPATIENT);
        let mut ben = client(&chat, "ben");
        // Anna posts over HTTP, so she has no connection that could time out.
        let ask = || HttpClient::connect(&chat);
        let say = |text: &str| assert_eq!(ask().post("/lines?name=anna", text).status, 201);
        let received = |end: &str| {
            let is_there = || ask().get("/lines").body.contains(&format!("{end}\n"));
            until(is_there, |is_there| *is_there);
        };
        ben.signal(Signal::STOP).unwrap();
        received(" * ben left");
        for number in 0..100 {
            say(&format!("while ben is away {number}"));
        }
        ben.signal(Signal::CONT).unwrap();
        for number in 0..100 {
            shown(&ben, &format!(": while ben is away {number}"));
        }
        let mut pipe = ben.take_stdin().unwrap();
        std::io::Write::write_all(&mut pipe, b"back again\n").unwrap();
        received(" ben: back again");
        drop(pipe);
        assert!(ben.wait(TIMEOUT).unwrap().success());
    });
}
