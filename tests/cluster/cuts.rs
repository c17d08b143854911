//! The connection to Redis may break at any byte: no line is lost or duplicated.

use std::thread;

use super::cutting_proxy::{Cut, CuttingProxy};
use super::redis_server::RedisServer;
use super::servers::Cluster;
use crate::support::chat::{Chat, LIMIT};
use crate::support::watchdog::within;

/// Starts a server that reaches Redis through a cutting proxy, and a server that reaches Redis directly.
fn cluster_behind_proxy() -> (Cluster, CuttingProxy) {
    let mut cluster = Cluster {
        servers: Vec::new(),
        redis: RedisServer::start(),
    };
    let proxy = CuttingProxy::start(cluster.redis.socket());
    let url = format!("redis://{}", proxy.address);
    cluster.servers.push(Chat::ours(&["--redis", &url]));
    cluster.add_server(&[]);
    (cluster, proxy)
}

/// Cuts the connection to Redis after 0 bytes of a command or a reply, after 1 byte, and so on. Sends a line for each
/// cut, and checks that the line arrives exactly once.
fn cut_at_each_byte(cut: fn(usize) -> Cut) {
    let (cluster, proxy) = cluster_behind_proxy();
    let mut anna = cluster.member(0, "anna");
    let mut ben = cluster.member(1, "ben");
    anna.receive_until("ben joined");
    let mut after = 0;
    loop {
        proxy.cut(cut(after));
        let expected = format!("{} anna: cut after {after}", after + 3);
        anna.say(&format!("cut after {after}"));
        assert_eq!(anna.receive_line(), expected);
        assert_eq!(ben.receive_line(), expected);
        if after >= proxy.length() && !proxy.is_pending() {
            break;
        }
        after += 1;
    }
    assert!(after > 20, "{after}");
    assert_eq!(cluster.lines(0), cluster.lines(1));
}

#[test]
fn cut_in_a_command_loses_and_duplicates_nothing() {
    within(LIMIT, || cut_at_each_byte(Cut::Command));
}

#[test]
fn cut_in_a_reply_loses_and_duplicates_nothing() {
    within(LIMIT, || cut_at_each_byte(Cut::Reply));
}

/// Many entries are in flight when the connection breaks.
#[test]
fn cut_in_a_flood_loses_and_duplicates_nothing() {
    within(LIMIT, || {
        let (cluster, proxy) = cluster_behind_proxy();
        let mut anna = cluster.member(0, "anna");
        let mut ben = cluster.member(1, "ben");
        anna.receive_until("ben joined");
        let mut number = 0;
        for round in 0..60 {
            let cut = if round % 2 == 0 {
                Cut::Command
            } else {
                Cut::Reply
            };
            proxy.cut(cut(round * 37));
            for _ in 0..50 {
                anna.say(&format!("{number}"));
                number += 1;
            }
            anna.receive_until_number(number + 2);
        }
        let received = ben.receive_until_number(number + 2);
        let expected: Vec<String> = (0..number)
            .map(|number| format!("{} anna: {number}", number + 3))
            .collect();
        assert_eq!(received, expected);
    });
}

/// The proxy cuts all connections, including the one on which the server reads the log.
#[test]
fn repeated_redis_cuts_lose_and_duplicate_nothing() {
    within(LIMIT, || {
        let (cluster, proxy) = cluster_behind_proxy();
        let members = (0..3).map(|number| cluster.member(0, &format!("talker-{number}x")));
        let (progress, steps) = crossbeam_channel::unbounded();
        let threads: Vec<_> = members
            .map(|mut member| {
                let progress = progress.clone();
                thread::spawn(move || {
                    for number in 0..100 {
                        member.say_and_receive(&format!("{number}"));
                        progress.send(()).unwrap();
                    }
                    member
                })
            })
            .collect();
        drop(progress);
        while steps.iter().take(5).count() == 5 {
            proxy.cut_all();
        }
        for thread in threads {
            thread.join().unwrap().leave();
        }
        cluster.servers[1].connect("/?name=ben").receive_pong();
        let (_, lines) = cluster.lines(1);
        for talker in 0..3 {
            for number in 0..100 {
                let said = format!(" talker-{talker}x: {number}");
                let count = lines.iter().filter(|line| line.ends_with(&said)).count();
                assert_eq!(count, 1, "{said}");
            }
        }
    });
}
