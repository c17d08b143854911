//! Many peers at the same time: they leave handshakes incomplete, join and leave repeatedly, or replace each other.

use std::thread;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::attack::{assert_withstands, within_case_limit};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;

/// The number of connections that are half-open at the same time: their handshakes are incomplete.
const HALF_OPEN: usize = 1000;

#[test]
fn half_open_connections_end_at_the_handshake_timeout() {
    let hard = getrlimit(Resource::Nofile).maximum;
    let all = Rlimit {
        current: hard,
        maximum: hard,
    };
    setrlimit(Resource::Nofile, all).unwrap();
    assert_withstands(&[], |endpoint| {
        let beginnings: [&[u8]; 4] = [
            b"",
            b"G",
            b"GET / HTTP/1.1\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        ];
        let mut peers: Vec<_> = (0..HALF_OPEN)
            .map(|number| {
                let mut peer = RawClient::connect(endpoint.address).unwrap();
                peer.send_bytes(beginnings[number % beginnings.len()])
                    .unwrap();
                peer
            })
            .collect();
        within_case_limit("half-open connections", || {
            for peer in &mut peers {
                let answer = peer.read_to_end(TIMEOUT).unwrap();
                let answer = String::from_utf8(answer).unwrap();
                assert!(
                    answer.starts_with("HTTP/1.1 408 ") || answer.is_empty(),
                    "{answer}"
                );
            }
        });
    });
}

#[test]
fn peers_that_join_and_leave_in_a_loop_delay_nobody() {
    assert_withstands(&[], |endpoint| {
        thread::scope(|scope| {
            for number in 0..4 {
                scope.spawn(move || {
                    for turn in 0..150 {
                        let mut peer = endpoint.raw_client(&format!("/?name=m{number}"));
                        match turn % 3 {
                            0 => peer.send_close(1000, "").unwrap(),
                            1 => peer.reset().unwrap(),
                            _ => drop(peer),
                        }
                    }
                });
            }
        });
    });
}

#[test]
fn peers_that_replace_each_other_by_key_delay_nobody() {
    assert_withstands(&[], |endpoint| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(move || {
                    let mut former = None;
                    for _ in 0..100 {
                        former = Some(endpoint.raw_client("/?name=mallory&key=k&since=0"));
                    }
                    drop(former);
                });
            }
        });
    });
}
