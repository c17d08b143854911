//! Descriptors and threads that run out while the server runs.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, geteuid, getrlimit};

use crate::support::chat::{Chat, LIMIT};
use crate::support::holdings;
use crate::support::limits::limit;
use crate::support::process::SOON;
use crate::support::raw_client::{RawClient, assert_nothing};
use crate::support::watchdog::within;

/// The time that the process has spent computing, in clock ticks, of which there are a hundred in a second.
fn ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(2);
    fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// Newcomers are served as soon as there are descriptors again.
#[test]
fn without_descriptors_the_members_chat_on() {
    within(LIMIT, || {
        let chat = Chat::ours(&[]);
        let pid = chat.program.id();
        let mut anna = chat.member("anna");
        let former = limit(pid, Resource::Nofile, holdings::descriptors(pid) as u64);
        // Linux takes the descriptor before it waits for a connection, so there is a place for one of these, or for none.
        let mut waiting: Vec<_> = (0..3)
            .map(|_| {
                let mut client = RawClient::connect(chat.address).unwrap();
                client.request_upgrade("/").unwrap();
                client
            })
            .collect();
        let line = chat.program.stderr_line(SOON).unwrap();
        assert!(line.contains("cannot accept connections for now"), "{line}");
        assert_eq!(
            anna.say_and_hear("still here").split(' ').next_back(),
            Some("here")
        );
        // It tries again and again, but it pauses in between.
        let before = ticks(pid);
        assert_nothing(waiting[2].read_frame(Duration::from_millis(500)));
        let spent = ticks(pid) - before;
        assert!(spent <= 10, "{spent} of 50 ticks");
        limit(pid, Resource::Nofile, former);
        for client in &mut waiting {
            client.read_upgrade(SOON).unwrap();
        }
        anna.hear_until("guest-3 joined");
        drop((anna, waiting));
    });
}

/// A command that root gives as nobody, whose threads Linux counts; it does not count root's.
fn counted(command: &mut Command) {
    const NOBODY: u32 = 65534;
    if geteuid().is_root() {
        command.uid(NOBODY);
    }
}

/// Lets the process start no thread more, or as many as it likes.
fn allow_threads(pid: u32, limit: &str) {
    // Only root and who started a process may set its limits; so this is done by a program, as the same user.
    let mut prlimit = Command::new("prlimit");
    counted(prlimit.args(["--pid", &pid.to_string(), &format!("--nproc={limit}:")]));
    assert!(prlimit.status().unwrap().success());
}

/// Newcomers get a 503.
#[test]
fn without_threads_the_members_chat_on() {
    within(LIMIT, || {
        let chat = Chat::prepared(&[], counted);
        let pid = chat.program.id();
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        slow.upgrade("/?name=slow").unwrap();
        let (mut anna, mut ben) = (chat.member("anna"), chat.member("ben"));
        let former = getrlimit(Resource::Nproc).current;
        allow_threads(pid, "1");
        for _ in 0..100 {
            let mut refused = RawClient::connect(chat.address).unwrap();
            refused.request_upgrade("/").unwrap();
            let head = refused.read_head(SOON).unwrap();
            assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        }
        anna.say("still here");
        ben.hear_until("anna: still here");
        // There is no thread to wait for one whose socket is full, so it is cut off.
        let line = "x".repeat(10_000);
        // Ben hears each of them, or he would be the next.
        let mut has_left = false;
        while !has_left {
            let said = anna.say_and_hear(&line);
            let heard = ben.hear_until(&said);
            has_left = heard.iter().any(|line| line.ends_with("* slow left"));
        }
        allow_threads(
            pid,
            &former.map_or("unlimited".to_owned(), |former| former.to_string()),
        );
        let mut cleo = chat.member("cleo");
        cleo.say("and so am I");
        ben.hear_until("cleo: and so am I");
        drop((slow, anna, cleo));
    });
}
