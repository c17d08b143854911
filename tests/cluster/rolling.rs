//! Three servers behind a proxy restart one after the other while a client talks.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

use blocking_chat::base::line;

use super::redis_server::RedisServer;
use crate::support::chat::{Endpoint, LIMIT};
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::programs;
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The HAProxy configuration that the guide shows.
const CONFIGURATION: &str = include_str!("../../src/guide/haproxy.cfg");

/// Returns an IP address that only this test uses, so no other program takes a server's port while it restarts.
fn address(number: u32) -> String {
    let pid = process::id();
    format!("127.{}.{}.{number}", 64 + (pid >> 8) % 128, pid % 256)
}

fn server(number: u32, redis: &RedisServer) -> Program {
    let listen = format!("{}:900{number}", address(number));
    let args = [
        "--listen",
        &listen,
        "--redis",
        &redis.url(),
        "--close-timeout",
        "1",
    ];
    let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
    let program = Program::start(path, &args, &[]).unwrap();
    program.address().unwrap();
    program
}

/// Starts HAProxy. If HAProxy is not installed, returns `None`, or panics if `REQUIRE_PROGRAMS` is set.
fn proxy(configuration: &PathBuf) -> Option<Program> {
    let program = programs::find("haproxy")?;
    let text = (1..=3).fold(CONFIGURATION.to_owned(), |text, number| {
        let own = format!("{}:900{number}", address(number));
        text.replace(&format!("127.0.0.1:900{number}"), &own)
    });
    let front = format!("{}:9000", address(9));
    fs::write(configuration, text.replace("127.0.0.1:9000", &front)).unwrap();
    let mut command = Command::new(program);
    command
        .arg("-f")
        .arg(configuration)
        .stderr(Stdio::inherit());
    Some(Program::spawn(&mut command).unwrap())
}

/// Waits until the proxy reports all servers as up.
fn until_up(front: &Endpoint) {
    let up = || {
        let page = front.exchange(b"GET /haproxy;csv HTTP/1.0\r\n\r\n");
        let servers = page.lines().filter(|line| line.starts_with("servers,"));
        servers.filter(|line| line.contains(",UP,")).count()
    };
    // Four rows must say `UP`: one for each of the three servers, and one for the backend as a whole.
    until(up, |count| *count == 4);
}

#[test]
fn rolling_restart_loses_and_duplicates_nothing() {
    within(LIMIT, || {
        let redis = RedisServer::start();
        let mut servers: Vec<Program> = (1..=3).map(|number| server(number, &redis)).collect();
        let configuration = redis.socket().with_extension("haproxy");
        let Some(_proxy) = proxy(&configuration) else {
            return;
        };
        let front = Endpoint {
            address: format!("{}:9000", address(9)).parse().unwrap(),
        };
        until(
            || std::net::TcpStream::connect(front.address).is_ok(),
            |is| *is,
        );
        until_up(&front);
        let url = format!("ws://{}/", front.address);
        let start = |name: &str| {
            let path = Path::new(env!("CARGO_BIN_EXE_chat-client"));
            let mut client = Program::start(path, &[&url, "--name", name], &[]).unwrap();
            let stdin = client.take_stdin().unwrap();
            let joined = format!("* {name} joined");
            while !client.stdout_line(TIMEOUT).unwrap().ends_with(&joined) {}
            (client, stdin)
        };
        let (mut ben, mut to_ben) = start("ben");
        let (mut anna, mut to_anna) = start("anna");
        let mut number = 0;
        let mut talk = || {
            for _ in 0..50 {
                writeln!(to_anna, "line {number}").unwrap();
                number += 1;
            }
        };
        for number in 1..=3 {
            talk();
            let old = &mut servers[number as usize - 1];
            old.signal(Signal::TERM).unwrap();
            talk();
            assert!(old.wait(TIMEOUT).unwrap().success());
            *old = server(number, &redis);
            talk();
            until_up(&front);
        }
        drop(to_anna);
        assert!(
            anna.wait(TIMEOUT).unwrap().success(),
            "each line has its receipt"
        );
        writeln!(to_ben, "the end").unwrap();
        drop(to_ben);
        assert!(ben.wait(TIMEOUT).unwrap().success());
        let received = ben.rest_of_stdout(TIMEOUT).unwrap();
        let said = received
            .iter()
            .filter_map(|line| line.split_once(" anna: line "));
        let said: Vec<String> = said.map(|(_, number)| number.to_owned()).collect();
        let expected: Vec<String> = (0..450).map(|number| number.to_string()).collect();
        assert_eq!(said, expected);
        let numbers: Vec<u64> = received
            .iter()
            .filter_map(|line| line::number(line))
            .collect();
        let gapless = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
        assert!(gapless, "{numbers:?}");
    });
}
