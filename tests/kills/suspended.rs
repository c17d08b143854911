//! SIGSTOP, for longer than every timeout that could end the connection, and then SIGCONT.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::chat::{Chat, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Options with short timeouts. `--handshake-timeout` is not among them, because no process is suspended during its
/// handshake.
const SHORT_TIMEOUTS: [&str; 6] = [
    "--idle-timeout",
    "1",
    "--write-timeout",
    "1",
    "--close-timeout",
    "1",
];

/// How long the server is suspended: longer than each timeout in [`SHORT_TIMEOUTS`].
const SUSPENSION: Duration = Duration::from_millis(2500);

/// Waits until the client prints a line that contains `part`, and returns the line.
fn wait_for_line(client: &Program, part: &str) -> String {
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
    wait_for_line(&client, &format!("* you are {name} "));
    client
}

#[test]
fn suspended_server_resumes_with_its_clients() {
    within(LIMIT, || {
        let chat = Chat::ours(&SHORT_TIMEOUTS);
        let mut clients = ["anna", "ben"].map(|name| client(&chat, name));
        let mut pipes = clients
            .each_mut()
            .map(|client| client.take_stdin().unwrap());
        chat.program.signal(Signal::STOP).unwrap();
        for pipe in &mut pipes {
            std::io::Write::write_all(pipe, b"said to a stopped server\n").unwrap();
        }
        // The suspension must be longer than the timeouts, so the test has to sleep.
        thread::sleep(SUSPENSION);
        chat.program.signal(Signal::CONT).unwrap();
        for client in &clients {
            for _ in &clients {
                wait_for_line(client, ": said to a stopped server");
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
        let chat = Chat::ours(&SHORT_TIMEOUTS);
        let mut ben = client(&chat, "ben");
        // Anna posts over HTTP, so she has no connection that could time out.
        let connect = || HttpClient::connect(&chat);
        let say = |text: &str| assert_eq!(connect().post("/lines?name=anna", text).status, 201);
        let until_received = |end: &str| {
            let has_line = || connect().get("/lines").body.contains(&format!("{end}\n"));
            until(has_line, |has_line| *has_line);
        };
        ben.signal(Signal::STOP).unwrap();
        until_received(" * ben left");
        for number in 0..100 {
            say(&format!("while ben is away {number}"));
        }
        ben.signal(Signal::CONT).unwrap();
        for number in 0..100 {
            wait_for_line(&ben, &format!(": while ben is away {number}"));
        }
        let mut pipe = ben.take_stdin().unwrap();
        std::io::Write::write_all(&mut pipe, b"back again\n").unwrap();
        until_received(" ben: back again");
        drop(pipe);
        assert!(ben.wait(TIMEOUT).unwrap().success());
    });
}
