//! The capacity of the machine, which the server determines at startup, and the sockets of refused clients.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::chat::{Chat, Endpoint, LIMIT};
use crate::support::limits::limit_descriptors;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{TEXT, encode};
use crate::support::resources;
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

/// Starts our server from a shell that first runs `limit`, such as `ulimit -n 130`. Returns the server, its address,
/// and the line that it logs about the limit.
fn under(limit: &str, options: &[&str]) -> (Program, Endpoint, String) {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")])
        .arg(env!("CARGO_BIN_EXE_chat-server"))
        .args(["--listen", "127.0.0.1:0", "--writers", "1"])
        .args(options);
    let program = Program::spawn(shell.stderr(Stdio::piped())).unwrap();
    let address = program.address().unwrap();
    let line = program.stderr_line(TIMEOUT).unwrap();
    (program, Endpoint { address }, line)
}

#[test]
fn descriptors_limit_connections_and_the_log_says_so() {
    within(LIMIT, || {
        let (program, endpoint, line) = under("ulimit -n 130", &[]);
        let said =
            "--max-connections is lowered from 10000 to 86: this machine has no more descriptors";
        assert!(line.contains(said), "{line}");
        let members: Vec<_> = (0..86).map(|_| endpoint.raw_client("/")).collect();
        // The server keeps refused sockets for a while. It has reserved descriptors for them too.
        for _ in 0..100 {
            let refused = endpoint.exchange(b"GET / HTTP/1.1\r\n");
            assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        }
        let line = program.stderr_line(TIMEOUT).unwrap();
        assert!(line.contains("503"), "{line}");
        drop(members);
    });
}

#[test]
fn refused_sockets_never_block_a_new_client() {
    within(LIMIT, || {
        for (limit, permits) in [(64, 36), (24, 6), (18, 2)] {
            // The close timeout is longer than the test, so the server closes refused sockets only to make room for new
            // clients.
            let options = ["--close-timeout", "1000"];
            let (_program, endpoint, line) = under(&format!("ulimit -n {limit}"), &options);
            assert!(line.contains(&format!(" to {permits}: ")), "{line}");
            let members: Vec<_> = (0..permits).map(|_| endpoint.raw_client("/")).collect();
            let refused: Vec<_> = (0..100)
                .map(|_| {
                    let mut refused = RawClient::connect(endpoint.address).unwrap();
                    let head = refused.read_head(TIMEOUT).unwrap();
                    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
                    refused
                })
                .collect();
            drop(members);
            let members: Vec<_> = (0..permits)
                .map(|_| until(|| RawClient::open(endpoint.address, "/"), Result::is_ok))
                .collect();
            drop((members, refused));
        }
    });
}

#[test]
fn refused_sockets_are_closed_when_descriptors_run_out() {
    within(LIMIT, || {
        let options = ["--max-connections", "1", "--close-timeout", "1000"];
        let chat = Chat::ours(&options);
        let only = chat.raw_client("/");
        let refuse = || {
            let mut refused = RawClient::connect(chat.address).unwrap();
            let head = refused.read_head(TIMEOUT).unwrap();
            assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
            refused
        };
        let before: Vec<_> = (0..10).map(|_| refuse()).collect();
        limit_descriptors(chat.program.id());
        let later: Vec<_> = (0..10).map(|_| refuse()).collect();
        drop(only);
        let next = until(|| RawClient::open(chat.address, "/"), Result::is_ok);
        drop((before, later, next));
    });
}

#[test]
fn refused_sockets_are_closed_after_the_close_timeout() {
    let scenario = || {
        // The timeout must be long enough for the test to see the sockets that are kept.
        let options = ["--max-connections", "1", "--close-timeout", "2"];
        let chat = Chat::ours(&options);
        let only = chat.raw_client("/");
        let before = resources::descriptors(chat.program.id());
        let refused: Vec<_> = (0..20)
            .map(|_| RawClient::connect(chat.address).unwrap())
            .collect();
        until(
            || resources::descriptors(chat.program.id()),
            |&count| count >= before + 10,
        );
        // No client connects or leaves now, so only the timeout can close the sockets.
        until(
            || resources::descriptors(chat.program.id()),
            |&count| count == before,
        );
        drop((only, refused));
    };
    within(LIMIT, || retry_on_delay(scenario));
}

// The limit on threads is option -p of `ulimit` in some shells and -u in others.
#[test]
fn threads_limit_connections_and_the_log_says_so() {
    within(LIMIT, || {
        let limit = "{ ulimit -p 300 || ulimit -u 300; } 2>/dev/null";
        let (_program, endpoint, line) = under(limit, &[]);
        let said =
            "--max-connections is lowered from 10000 to 203: this machine has no more threads";
        assert!(line.contains(said), "{line}");
        let members: Vec<_> = (0..203).map(|_| endpoint.raw_client("/")).collect();
        let refused = endpoint.exchange(b"GET / HTTP/1.1\r\n");
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        drop(members);
    });
}

/// Returns the maximum number of connections that the log line about the limit reports.
fn permits(line: &str) -> usize {
    let (_, rest) = line
        .split_once("--max-connections is lowered from 10000 to ")
        .expect(line);
    let (permits, _) = rest.split_once(':').expect(line);
    permits.parse().expect(line)
}

#[test]
fn memory_limits_connections_and_the_server_survives() {
    within(LIMIT, || {
        let all: [(&str, &str, &[&str]); 3] = [
            ("ulimit -v 200000", "address space", &[]),
            (
                "ulimit -v 300000",
                "address space",
                &["--max-message", "1000000"],
            ),
            ("ulimit -d 200000", "data", &[]),
        ];
        for (limit, reason, options) in all {
            let (mut program, endpoint, line) = under(limit, options);
            assert!(line.contains(&format!("no more {reason}")), "{line}");
            // As many clients connect as there are permits. Each sends up to 2 MB, until its socket is full.
            let clients: Vec<_> = (0..permits(&line))
                .map(|number| {
                    let target = if number % 2 == 0 { "/" } else { "/echo" };
                    let mut client =
                        RawClient::connect_with_buffer(endpoint.address, 4096).unwrap();
                    client.upgrade(target).unwrap();
                    client
                })
                .collect();
            assert!(clients.len() > 10, "{line}");
            let frame = encode(TEXT, &[b'x'; 10_000]);
            for client in &clients {
                client.stream().set_nonblocking(true).unwrap();
                (0..200).for_each(|_| _ = client.stream().write(&frame));
            }
            // The response is a 503, or the lines if the server has meanwhile disconnected a client.
            let answer = endpoint
                .exchange(b"GET /lines HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assert!(!answer.is_empty());
            drop(clients);
            let _ = until(|| RawClient::open(endpoint.address, "/"), Result::is_ok);
            program.signal(Signal::TERM).unwrap();
            assert_eq!(program.wait(TIMEOUT).unwrap().code(), Some(0), "{limit}");
        }
    });
}
