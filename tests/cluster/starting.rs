//! How a server enters a cluster, and how the log stays bounded.

use std::path::Path;

use blocking_chat::server::cluster::replica::ENTRIES_PER_SNAPSHOT;

use super::redis_server::RedisServer;
use super::servers::Cluster;
use crate::support::chat::LIMIT;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// Starts a server that must exit during startup. Returns its stderr.
fn startup_error(options: &[&str]) -> String {
    let path = Path::new(env!("CARGO_BIN_EXE_chat-server"));
    let args = [&["--listen", "127.0.0.1:0"], options].concat();
    let mut program = Program::start(path, &args, &[]).unwrap();
    assert_eq!(program.wait(TIMEOUT).unwrap().code(), Some(1));
    assert_eq!(
        program.rest_of_stdout(TIMEOUT).unwrap(),
        Vec::<String>::new()
    );
    program.rest_of_stderr(TIMEOUT).unwrap().join("\n")
}

#[test]
fn new_server_starts_from_a_snapshot_of_a_long_log() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(1);
        let mut anna = cluster.member(0, "anna");
        let mut lines = 1;
        for _ in 0..5 {
            for _ in 0..ENTRIES_PER_SNAPSHOT / 2 {
                anna.say("x");
            }
            lines += ENTRIES_PER_SNAPSHOT / 2;
            anna.receive_until_number(lines);
        }
        // Each new snapshot trims the log, which then begins at the position of the previous snapshot.
        let max_length = 2 * ENTRIES_PER_SNAPSHOT + 1000;
        until(
            || cluster.redis.log_length(),
            |&length| length <= max_length,
        );
        cluster.add_server(&[]);
        assert_eq!(cluster.lines(1), cluster.lines(0));
        let mut ben = cluster.servers[1].connect(&format!("/?name=ben&since={lines}"));
        assert_eq!(ben.receive_until("ben joined").len(), 2);
        assert_eq!(
            ben.say_and_receive("hello"),
            format!("{} ben: hello", lines + 2)
        );
        anna.receive_until("ben: hello");
        ben.say("/who");
        assert_eq!(ben.receive_line(), "* here: anna, ben");
    });
}

#[test]
fn size_of_the_log_stays_bounded() {
    within(LIMIT, || {
        let cluster = Cluster::new(2);
        let mut anna = cluster.member(0, "anna");
        let long = "x".repeat(16_000);
        for number in 0..1500 {
            anna.say(&long);
            anna.receive_until_number(number + 2);
        }
        // Together, the lines are 24,000,000 bytes long.
        let bytes = || {
            let answer = cluster.redis.command("MEMORY USAGE chat SAMPLES 0");
            answer.trim_start_matches(':').parse::<u64>().unwrap()
        };
        until(bytes, |&bytes| bytes < 16 * 1024 * 1024);
    });
}

#[test]
fn suspended_server_delays_no_other_server() {
    within(LIMIT, || {
        let cluster = Cluster::new(3);
        let mut anna = cluster.member(0, "anna");
        let mut slow = cluster.member(1, "slow");
        let mut ben = cluster.member(2, "ben");
        anna.receive_until("ben joined");
        cluster.servers[1].program.signal(Signal::STOP).unwrap();
        for number in 0..5 {
            anna.say_and_receive(&format!("{number}"));
        }
        ben.receive_until("anna: 4");
        cluster.servers[1].program.signal(Signal::CONT).unwrap();
        assert_eq!(slow.receive_until("anna: 4").len(), 6);
    });
}

#[test]
fn server_with_different_options_is_refused() {
    within(LIMIT, || {
        let cluster = Cluster::new(1);
        let url = cluster.redis.url();
        for options in [["--history", "7"], ["--max-message", "100"]] {
            let said = startup_error(&[&["--redis", &url], &options[..]].concat());
            assert!(
                said.contains("version=1 history=1000 max-message=16384"),
                "{said}"
            );
            assert!(said.contains(&format!("{}=", &options[0][2..])), "{said}");
        }
    });
}

#[test]
fn missing_redis_is_reported_at_startup() {
    within(LIMIT, || {
        let said = startup_error(&["--redis", "redis+unix:///nowhere/at/all"]);
        assert!(said.contains("cannot reach the log in Redis: "), "{said}");
    });
}

#[test]
fn server_logs_in_with_the_password_in_the_url() {
    within(LIMIT, || {
        let mut cluster = Cluster {
            servers: Vec::new(),
            redis: RedisServer::with(&["--requirepass", "secret"]),
        };
        let url = cluster.redis.url();
        let said = startup_error(&["--redis", &url]);
        assert!(said.contains("cannot reach the log in Redis: "), "{said}");
        let said = startup_error(&["--redis", &format!("{url}?pass=guess")]);
        assert!(
            said.contains("cannot reach") && !said.contains("guess"),
            "{said}"
        );
        let url = format!("{url}?pass=secret");
        cluster
            .servers
            .push(crate::support::chat::Chat::ours(&["--redis", &url]));
        let mut anna = cluster.member(0, "anna");
        assert_eq!(anna.say_and_receive("in"), "2 anna: in");
    });
}
