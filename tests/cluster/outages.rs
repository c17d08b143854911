//! Redis becomes unreachable, and later comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::redis_server::RedisServer;
use super::servers::{Cluster, is_connected};
use crate::support::chat::{ChatClient, LIMIT};
use crate::support::http_client::HttpClient;
use crate::support::metrics::Scrape;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

/// Waits until each server reports a connection to Redis, or no connection if `connected` is false.
fn until_connected(cluster: &Cluster, connected: bool) {
    for server in &cluster.servers {
        until(|| is_connected(server), |is| *is == connected);
    }
}

/// Sends lines to two servers while Redis is unreachable. Checks that each line arrives once after Redis is back. Each
/// client reads all the time, so it answers the server's Pings.
fn talk_meanwhile(
    cluster: &mut Cluster,
    interrupt: fn(&mut RedisServer),
    restore: fn(&mut RedisServer),
) {
    let mut anna = cluster.member(0, "anna");
    let mut ben = cluster.member(1, "ben");
    let mut silent = cluster.member(1, "cleo");
    anna.receive_until("cleo joined");
    ben.receive_until("cleo joined");
    interrupt(&mut cluster.redis);
    let listen =
        |client: &mut ChatClient| (0..20).map(|_| client.receive_line()).collect::<Vec<_>>();
    let talking = |mut client: ChatClient, name: &'static str| {
        thread::spawn(move || {
            (0..10).for_each(|number| client.say(&format!("{name} {number}")));
            let received = listen(&mut client);
            assert_eq!(client.receive_pong(), Vec::<String>::new());
            (client, received)
        })
    };
    // A client that has sent no line gets its Pongs without a delay.
    let is_unreachable = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&is_unreachable);
    let pinging = thread::spawn(move || {
        while !done.load(Ordering::Relaxed) {
            assert_eq!(silent.receive_pong(), Vec::<String>::new());
        }
        silent
    });
    let (anna, ben) = (talking(anna, "anna"), talking(ben, "ben"));
    until_connected(cluster, false);
    let log = &cluster.servers[0].program;
    while !log
        .stderr_line(TIMEOUT)
        .unwrap()
        .contains("Redis is unreachable")
    {}
    is_unreachable.store(true, Ordering::Relaxed);
    let mut silent = pinging.join().unwrap();
    let listening = thread::spawn(move || {
        let received = listen(&mut silent);
        (silent, received)
    });
    restore(&mut cluster.redis);
    let (_anna, received) = anna.join().unwrap();
    for other in [ben, listening] {
        let (_other, same) = other.join().unwrap();
        assert_eq!(same, received);
    }
    let own = |name: &str| {
        let own = received
            .iter()
            .filter_map(|line| line.split_once(&format!(" {name}: {name} ")));
        own.map(|(_, number)| number.to_owned()).collect::<Vec<_>>()
    };
    let expected: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(own("anna"), expected);
    assert_eq!(own("ben"), expected);
    until_connected(cluster, true);
}

#[test]
fn suspended_redis_loses_and_duplicates_nothing() {
    let scenario = || {
        let mut cluster = Cluster::new(0);
        (0..2).for_each(|_| cluster.add_server(&["--idle-timeout", "2"]));
        let suspend = |redis: &mut RedisServer| redis.signal(Signal::STOP);
        talk_meanwhile(&mut cluster, suspend, |redis| redis.signal(Signal::CONT));
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn restarted_redis_loses_and_duplicates_nothing() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(2);
        talk_meanwhile(&mut cluster, RedisServer::kill, RedisServer::resume);
    });
}

/// Changes the log in Redis and checks that both servers then serve another room.
fn expect_another_room(cluster: &mut Cluster, change: fn(&mut RedisServer)) {
    let (room, _) = cluster.lines(0);
    let mut anna = cluster.member(0, "anna");
    let mut ben = cluster.member(1, "ben");
    anna.receive_until("ben joined");
    assert_eq!(anna.say_and_receive("hello"), "3 anna: hello");
    ben.receive_until("anna: hello");
    change(&mut cluster.redis);
    assert_eq!(anna.receive_close(), (vec![], 1012));
    assert_eq!(ben.receive_close(), (vec![], 1012));
    let joined = |server: usize, name: &str| {
        let target = format!("/?name={name}&since=3&room={room}");
        let mut client = cluster.servers[server].connect(&target);
        let welcome = client.receive_line();
        let another = welcome.strip_prefix(&format!("* you are {name} in room "));
        let another = another.unwrap().to_owned();
        assert_ne!(another, room);
        assert_eq!(client.receive_line(), "* this is another room");
        (client, another)
    };
    let (mut anna, room_of_anna) = joined(0, "anna");
    assert_eq!(anna.receive_line(), "1 * anna joined");
    let (mut ben, room_of_ben) = joined(1, "ben");
    assert_eq!(room_of_anna, room_of_ben);
    assert_eq!(anna.say_and_receive("here"), "3 anna: here");
    ben.receive_until("3 anna: here");
    assert_eq!(cluster.lines(0), cluster.lines(1));
}

#[test]
fn redis_restarted_without_its_data_starts_another_room() {
    within(LIMIT, || {
        expect_another_room(&mut Cluster::new(2), |redis| {
            redis.kill();
            redis.delete_data();
            redis.resume();
        });
    });
}

#[test]
fn deleted_log_starts_another_room() {
    within(LIMIT, || {
        expect_another_room(&mut Cluster::new(2), |redis| {
            assert_eq!(redis.command("DEL chat"), ":1");
        });
    });
}

/// Redis restarts with a copy of its data. The copy lacks entries that Redis has confirmed.
#[test]
fn redis_without_its_last_entries_starts_another_room() {
    within(LIMIT, || {
        let mut cluster = Cluster {
            servers: Vec::new(),
            redis: RedisServer::with(&["--appendonly", "no"]),
        };
        (0..2).for_each(|_| cluster.add_server(&[]));
        assert_eq!(cluster.redis.command("SAVE"), "+OK");
        expect_another_room(&mut cluster, |redis| {
            redis.kill();
            redis.resume();
        });
    });
}

/// The server reads only as many lines as fit into the publisher's channel and one write of the publisher.
#[test]
fn talkers_are_throttled_while_redis_is_away() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(0);
        // Anna's client does not read while it writes, so its receipts wait in the server.
        cluster.add_server(&["--backlog", "1073741824", "--write-timeout", "3600"]);
        let mut anna = cluster.member(0, "anna");
        cluster.redis.signal(Signal::STOP);
        let padding = "x".repeat(1000);
        let writer = thread::spawn(move || {
            for number in 0..12_000 {
                anna.say(&format!("{number} {padding}"));
            }
            anna
        });
        until_connected(&cluster, false);
        let scrape = Scrape::fetch(&mut HttpClient::connect(&cluster.servers[0]));
        let received = scrape.get("chat_received_bytes_total{technique=\"websocket\"}");
        assert!(received < 9_000_000, "{received} bytes of 12,000,000");
        cluster.redis.signal(Signal::CONT);
        let mut anna = writer.join().unwrap();
        for number in 0..12_000 {
            let line = anna.receive_line();
            let expected = format!("{} anna: {number} x", number + 2);
            assert!(line.starts_with(&expected), "{line:.40}");
        }
    });
}

#[test]
fn shutdown_does_not_wait_for_a_missing_redis() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(1);
        let mut anna = cluster.member(0, "anna");
        cluster.redis.kill();
        anna.say("lost");
        let server = &mut cluster.servers[0];
        server.program.signal(Signal::TERM).unwrap();
        assert_eq!(anna.receive_close(), (vec![], 1001));
        assert!(server.program.wait(TIMEOUT).unwrap().success());
    });
}

#[test]
fn client_that_leaves_during_an_outage_frees_its_permit() {
    within(LIMIT, || {
        let mut cluster = Cluster::new(0);
        cluster.add_server(&["--close-timeout", "1", "--write-timeout", "1"]);
        let mut anna = cluster.member(0, "anna");
        let ben = cluster.member(0, "ben");
        anna.receive_until("ben joined");
        cluster.redis.kill();
        anna.say("still waiting");
        ben.leave();
        drop(anna);
        let connections = "chat_connections{kind=\"websocket\"} 0";
        let page = || cluster.servers[0].exchange(b"GET /metrics HTTP/1.0\r\n\r\n");
        until(page, |page| page.contains(connections));
        cluster.redis.resume();
        let mut cleo = cluster.servers[0].connect("/?name=cleo");
        cleo.receive_until("* cleo joined");
        cleo.say("/who");
        assert_eq!(cleo.receive_line(), "* here: cleo");
        let (_, lines) = cluster.lines(0);
        let said = lines
            .iter()
            .any(|line| line.ends_with(" anna: still waiting"));
        assert!(said, "{lines:?}");
    });
}
