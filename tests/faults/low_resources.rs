//! Descriptors or threads run out while the server runs.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};

use crate::behind::stalled_clients::{gaps, read_up_to};
use crate::support::chat::{Chat, LIMIT};
use crate::support::limits::{as_limited_user, limit};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::{RawClient, assert_nothing};
use crate::support::resources;
use crate::support::watchdog::within;

/// Returns the CPU time of the process in clock ticks (a hundred per second).
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(2);
    fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// New clients are served when there are free descriptors again.
#[test]
fn members_keep_chatting_without_free_descriptors() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let pid = chat.program.id();
        let mut anna = chat.member("anna");
        let former = limit(pid, Resource::Nofile, resources::descriptors(pid) as u64);
        // accept(2) allocates a descriptor before it waits, so the server may still accept one of these clients.
        let mut waiting: Vec<_> = (0..3)
            .map(|_| {
                let mut client = RawClient::connect(chat.address).unwrap();
                client.request_upgrade("/").unwrap();
                client
            })
            .collect();
        let line = chat.program.stderr_line(TIMEOUT).unwrap();
        assert!(line.contains("cannot accept connections for now"), "{line}");
        assert_eq!(
            anna.say_and_receive("still here").split(' ').next_back(),
            Some("here")
        );
        // The server pauses between its retries, so it uses little CPU time.
        let before = ticks(pid);
        assert_nothing(waiting[2].read_frame(Duration::from_millis(500)));
        let spent = ticks(pid) - before;
        assert!(spent <= 10, "{spent} of 50 ticks");
        limit(pid, Resource::Nofile, former);
        for client in &mut waiting {
            client.read_upgrade(TIMEOUT).unwrap();
        }
        anna.receive_until("guest-3 joined");
        drop((anna, waiting));
    });
}

/// Sets RLIMIT_NPROC of a process: once its user has this many threads, the process cannot start another.
fn allow_threads(pid: u32, limit: &str) {
    // A process may set the limits of another process of the same user. So the program `prlimit` runs as the server's
    // user.
    let mut prlimit = Command::new("prlimit");
    as_limited_user(prlimit.args(["--pid", &pid.to_string(), &format!("--nproc={limit}:")]));
    assert!(prlimit.status().unwrap().success());
}

/// New clients get a 503.
#[test]
fn members_keep_chatting_without_free_threads() {
    within(LIMIT, || {
        let chat = Chat::prepared(&[], as_limited_user);
        let pid = chat.program.id();
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        slow.upgrade("/?name=slow").unwrap();
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        let former = getrlimit(Resource::Nproc).current;
        allow_threads(pid, "1");
        for _ in 0..100 {
            let mut refused = RawClient::connect(chat.address).unwrap();
            refused.request_upgrade("/").unwrap();
            let head = refused.read_head(TIMEOUT).unwrap();
            assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        }
        anna.say("still here");
        ben.receive_until("anna: still here");
        // When the slow client's socket is full, the server cannot start a catch-up thread, so it disconnects the
        // client.
        let line = "x".repeat(10_000);
        // Ben's client reads each line, so that it does not fall behind too.
        let mut has_left = false;
        while !has_left {
            let said = anna.say_and_receive(&line);
            let received = ben.receive_until(&said);
            has_left = received.iter().any(|line| line.ends_with("* slow left"));
        }
        allow_threads(
            pid,
            &former.map_or("unlimited".to_owned(), |former| former.to_string()),
        );
        // Before the Close, the client gets the rest of the line that did not fit.
        let received = read_up_to(&mut slow, u64::MAX);
        assert_eq!(gaps(&received.numbers), []);
        assert_eq!(received.close.map(|(code, _)| code), Some(1013));
        let mut cleo = chat.member("cleo");
        cleo.say("and so am I");
        ben.receive_until("cleo: and so am I");
        drop((slow, anna, cleo));
    });
}
