//! A server is killed, suspended, or stopped.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use blocking_chat::base::line;

use super::servers::Cluster;
use crate::support::chat::LIMIT;
use crate::support::process::{Program, Signal, TIMEOUT};
use crate::support::watchdog::within;

#[test]
fn members_of_a_killed_server_leave() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(3);
        let mut ben = cluster.member(1, "ben");
        let _anna = cluster.member(0, "anna");
        let _amy = cluster.member(0, "amy");
        ben.receive_until("amy joined");
        let killed = cluster.servers.remove(0);
        killed.program.signal(Signal::KILL).unwrap();
        assert_eq!(ben.receive_line(), "4 * anna left");
        assert_eq!(ben.receive_line(), "5 * amy left");
        assert_eq!(ben.say_and_receive("quiet here"), "6 ben: quiet here");
    });
}

/// `chat-client` gets the URLs of three servers. It loses nothing, duplicates nothing, and keeps its name.
#[test]
fn client_of_a_killed_server_continues_at_another() {
    within(LIMIT, || {
        let cluster = Cluster::new(3);
        let mut ben = cluster.member(1, "ben");
        let urls = cluster
            .servers
            .iter()
            .map(|server| format!("ws://{}/", server.address));
        let mut args: Vec<String> = urls.collect();
        args.extend(["--name".to_owned(), "anna".to_owned()]);
        let client = Path::new(env!("CARGO_BIN_EXE_chat-client"));
        let mut client = Program::start(client, &args, &[]).unwrap();
        let mut stdin = client.take_stdin().unwrap();
        ben.receive_until("anna joined");
        for number in 0..200 {
            writeln!(stdin, "line {number}").unwrap();
            ben.say(&format!("ben {number}"));
            if number == 100 {
                cluster.servers[0].program.signal(Signal::KILL).unwrap();
            }
        }
        drop(stdin);
        assert!(client.wait(TIMEOUT).unwrap().success());
        let printed = client.rest_of_stdout(TIMEOUT).unwrap();
        ben.say("the end");
        let received = ben.receive_until("ben: the end");
        let texts = |of: &str| {
            let prefix = format!(" {of}: ");
            let texts = received.iter().filter_map(|line| line.split_once(&prefix));
            texts.map(|(_, text)| text.to_owned()).collect::<Vec<_>>()
        };
        let expected: Vec<String> = (0..200).map(|number| format!("line {number}")).collect();
        assert_eq!(
            texts("anna"),
            expected,
            "each line must be said once, in order, and under one name"
        );
        // Anna's client has printed every line exactly once, from the first that it received to the last.
        let numbers: Vec<u64> = printed
            .iter()
            .filter_map(|line| line::number(line))
            .collect();
        let all: BTreeSet<u64> = (numbers[0]..=*numbers.last().unwrap()).collect();
        assert_eq!(numbers, all.into_iter().collect::<Vec<_>>());
        for line in &received {
            let is_known =
                printed.contains(line) || !numbers.contains(&line::number(line).unwrap());
            assert!(is_known, "{line}");
        }
    });
}

/// The other servers do not wait for a suspended server, but remove its members. When it resumes, it disconnects its
/// clients, so that they reconnect.
#[test]
fn server_suspended_for_too_long_disconnects_its_clients() {
    within(LIMIT, || {
        let cluster = Cluster::new(2);
        let mut ben = cluster.member(1, "ben");
        let mut anna = cluster.servers[0].connect("/?name=anna&key=k");
        let room = anna.receive_line();
        let room = room.rsplit(' ').next().unwrap();
        anna.receive_until("anna joined");
        ben.receive_until("anna joined");
        cluster.servers[0].program.signal(Signal::STOP).unwrap();
        assert_eq!(ben.say_and_receive("go on"), "3 ben: go on");
        assert_eq!(ben.receive_line(), "4 * anna left");
        cluster.servers[0].program.signal(Signal::CONT).unwrap();
        let missed = ["3 ben: go on", "4 * anna left"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(anna.receive_close(), (missed, 1012));
        let target = format!("/?name=anna&key=k&since=4&room={room}");
        let mut anna = cluster.servers[0].connect(&target);
        assert!(anna.receive_line().starts_with("* you are anna in room "));
        assert_eq!(anna.receive_line(), "5 * anna joined");
        assert_eq!(anna.say_and_receive("back"), "6 anna: back");
        ben.receive_until("6 anna: back");
    });
}

#[test]
fn members_of_a_stopping_server_leave_the_room() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(2);
        let mut ben = cluster.member(1, "ben");
        let mut anna = cluster.member(0, "anna");
        ben.receive_until("anna joined");
        for number in 0..500 {
            anna.say(&format!("{number}"));
        }
        anna.receive_until("anna: 0");
        cluster.servers[0].program.signal(Signal::TERM).unwrap();
        let (received, code) = anna.receive_close();
        assert_eq!(code, 1001);
        // Ben receives each line for which Anna has a receipt, and only then the notice that she left.
        let others = ben.receive_until("* anna left");
        assert_eq!(others[1..=received.len()], received);
        let server = &mut cluster.servers[0];
        assert!(server.program.wait(TIMEOUT).unwrap().success());
    });
}

#[test]
fn same_name_and_key_replace_a_member_of_another_server() {
    within(LIMIT, || {
        let cluster = Cluster::new(2);
        let mut ben = cluster.member(1, "ben");
        let mut old = cluster.servers[0].connect("/?name=anna&key=k");
        old.receive_until("anna joined");
        ben.receive_until("anna joined");
        let mut new = cluster.servers[1].connect("/?name=anna&key=k");
        assert!(new.receive_line().starts_with("* you are anna in room "));
        assert_eq!(old.receive_close(), (vec![], 4001));
        assert_eq!(new.say_and_receive("me"), "3 anna: me");
        assert_eq!(ben.receive_line(), "3 anna: me");
    });
}
