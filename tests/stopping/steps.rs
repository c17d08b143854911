//! The seven steps of a stop, as `src/server/lifecycle/stop.rs` specifies them.

use std::process;
use std::thread;
use std::time::Instant;

use blocking_chat::server::{Config, Seconds, Server};

use super::{flooding_echo, read_to_close_1001, stalled_member};
use crate::support::breakpoint::Breakpoint;
use crate::support::chat::{Chat, LIMIT};
use crate::support::library::{EmbeddedServer, MAX_STOP_DELAY, config};
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::resources;
use crate::support::threads::{self, Call};
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

/// A timeout that is longer than the time limit of a test.
const NEVER: Seconds = Seconds::new(1000);

/// Starts a server that never reaches the deadline of its stop.
fn server_without_deadline() -> EmbeddedServer {
    EmbeddedServer::alone(Config {
        close_timeout: NEVER,
        ..config()
    })
}

#[test]
fn step_1_accept_thread_ends_on_any_address() {
    within(LIMIT, || {
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
            let listen = address.parse().unwrap();
            // With this close timeout, the server ends in time only if the accept thread ends.
            let close_timeout = NEVER;
            let Ok(server) = Server::bind(Config {
                listen,
                close_timeout,
                ..config()
            }) else {
                assert!(
                    address.starts_with('['),
                    "only IPv6 may be missing on a machine"
                );
                continue;
            };
            server.handle().stop();
            server.run().unwrap();
        }
    });
}

#[test]
fn step_2_only_earlier_lines_are_delivered() {
    within(LIMIT, || {
        let mut server = server_without_deadline();
        let (at_the_hub, at_the_request) = (Breakpoint::set(), Breakpoint::set());
        let mut late = RawClient::connect(server.address).unwrap();
        late.request_upgrade(&format!("/?x={}", at_the_request.word()))
            .unwrap();
        at_the_request.until_reached();
        let mut anna = server.raw_client("/?name=anna");
        let mut echo = server.raw_client("/echo");
        let mut silent = RawClient::connect(server.address).unwrap();
        anna.send_text(at_the_hub.word()).unwrap();
        at_the_hub.until_reached();
        for (client, thread) in [(&mut anna, "conn-2"), (&mut echo, "conn-3")] {
            client.send_text("before").unwrap();
            server.until_hub_has_all_of(client, thread);
        }
        server.handle.stop();
        // A 503 to an unfinished request belongs to the third step of a stop, so `Stop` is already in the hub's
        // channel.
        let head = silent.read_head(TIMEOUT).unwrap();
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        drop(at_the_request);
        for (client, thread) in [(&mut anna, "conn-2"), (&mut echo, "conn-3")] {
            client.send_text("after").unwrap();
            server.until_hub_has_all_of(client, thread);
        }
        drop(at_the_hub);
        let received = read_to_close_1001(&mut anna);
        assert_eq!(received.len(), 4, "{received:?}");
        assert_eq!(received[3], "3 anna: before");
        assert_eq!(read_to_close_1001(&mut echo), ["before"]);
        let head = late.read_head(TIMEOUT).unwrap();
        assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        drop((anna, echo, silent, late));
        server.wait().unwrap();
    });
}

/// The hub is blocked at a breakpoint, so the 503 cannot come from the hub.
#[test]
fn step_3_unfinished_handshake_gets_a_503() {
    within(LIMIT, || {
        let mut server = server_without_deadline();
        let breakpoint = Breakpoint::set();
        let mut anna = server.raw_client("/?name=anna");
        anna.send_text(breakpoint.word()).unwrap();
        breakpoint.until_reached();
        let mut others: Vec<_> = ["", "G", "GET / HTTP/1.1\r\nHost: localhost\r\n"]
            .into_iter()
            .cycle()
            .take(12)
            .map(|beginning| {
                let mut client = RawClient::connect(server.address).unwrap();
                client.send_bytes(beginning.as_bytes()).unwrap();
                client
            })
            .collect();
        server.handle.stop();
        for client in &mut others {
            let head = client.read_head(TIMEOUT).unwrap();
            assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
            assert!(head.contains("\r\nRetry-After: "), "{head}");
            let body = client.read_to_end(TIMEOUT).unwrap();
            assert_eq!(body, b"The server is stopping.\n");
        }
        drop((breakpoint, anna, others));
        server.wait().unwrap();
    });
}

/// A long poll gets an empty response. An unfinished POST gets a 503. An idle connection ends without a response.
#[test]
fn step_3_each_kind_of_http_connection_ends_in_its_own_way() {
    within(LIMIT, || {
        let mut server = server_without_deadline();
        let request = |head: &str, body: &str| {
            let mut client = RawClient::connect(server.address).unwrap();
            let request = format!("{head} HTTP/1.1\r\nHost: localhost\r\n{body}");
            client.send_bytes(request.as_bytes()).unwrap();
            client
        };
        let mut poll = request("GET /lines?since=0&wait=60", "\r\n");
        let mut post = request("POST /lines?name=anna", "Content-Length: 10\r\n\r\nhello");
        let mut idle = request("GET /lines", "\r\n");
        assert!(
            idle.read_head(TIMEOUT)
                .unwrap()
                .starts_with("HTTP/1.1 200 ")
        );
        let waits = || threads::is_in(process::id(), "conn-1", Call::Channel);
        until(waits, |&waits| waits);
        server.handle.stop();
        let head = poll.read_head(TIMEOUT).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains("\r\nConnection: close\r\n"), "{head}");
        assert_eq!(poll.read_to_end(TIMEOUT).unwrap(), b"");
        assert!(
            post.read_head(TIMEOUT)
                .unwrap()
                .starts_with("HTTP/1.1 503 ")
        );
        assert_eq!(idle.read_to_end(TIMEOUT).unwrap(), b"");
        // The server does not wait until these clients close their sockets.
        server.wait().unwrap();
        drop((poll, post, idle));
    });
}

#[test]
fn step_4_client_that_reads_gets_earlier_lines_and_then_1001() {
    within(LIMIT, || {
        for _ in 0..3 {
            let mut server = EmbeddedServer::alone(Config {
                close_timeout: NEVER,
                backlog: 100_000_000,
                ..config()
            });
            let (mut anna, mut stalled) = stalled_member(&server);
            let echo = flooding_echo(&server);
            server.handle.stop();
            let received = read_to_close_1001(&mut stalled);
            assert_eq!(read_to_close_1001(&mut anna), [""; 0]);
            assert!(received.last().unwrap().starts_with("2002 anna: "));
            echo.join().unwrap();
            drop((anna, stalled));
            server.wait().unwrap();
        }
    });
}

#[test]
fn step_5_close_timeout_shuts_down_remaining_sockets() {
    let scenario = || {
        let close_timeout = config().close_timeout;
        let mut server = EmbeddedServer::alone(Config {
            backlog: 100_000_000,
            write_timeout: NEVER,
            ..config()
        });
        // One client is behind and does not read. One reads but does not reply to the Close. One neither reads nor
        // sends.
        let (anna, mut stalled) = stalled_member(&server);
        let mut rude = server.raw_client("/echo");
        let begun = Instant::now();
        server.handle.stop();
        assert_eq!(read_to_close_1001(&mut rude), [""; 0]);
        server.wait().unwrap();
        let took = begun.elapsed();
        assert!(
            took >= close_timeout.get(),
            "the clients were disconnected after {took:?}, before the close timeout"
        );
        let limit = close_timeout.get() + MAX_STOP_DELAY;
        assert!(took < limit, "the stop took {took:?}");
        for kind in ["conn-", "catch-up-"] {
            until(
                || resources::threads(process::id(), kind),
                |&left| left == 0,
            );
        }
        // The bytes that are already in the kernel still arrive, and then the end of the stream. The Close was queued
        // behind the lines, so it does not arrive.
        while let Ok(frame) = stalled.read_frame(TIMEOUT) {
            assert_eq!(frame.close_code(), None);
        }
        drop((anna, rude));
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn step_6_hub_and_writers_end_with_the_last_connection() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&[
            "--close-timeout",
            "1000",
            "--backlog",
            "100000000",
            "--writers",
            "2",
        ]);
        let (mut anna, mut stalled) = stalled_member(&chat);
        let threads = || threads::names(chat.program.id()).unwrap();
        chat.program.signal(Signal::TERM).unwrap();
        read_to_close_1001(&mut anna);
        drop(anna);
        let left = [
            "catch-up-1",
            "chat-server",
            "conn-1",
            "ctrl-c",
            "hub",
            "log",
            "writer-0",
            "writer-1",
        ];
        until(threads, |names| *names == left);
        read_to_close_1001(&mut stalled);
        drop(stalled);
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn step_7_stop_does_not_wait_beyond_the_deadline() {
    let scenario = || {
        let mut server = EmbeddedServer::alone(config());
        let breakpoint = Breakpoint::set();
        let mut anna = server.raw_client("/?name=anna");
        anna.send_text(breakpoint.word()).unwrap();
        breakpoint.until_reached();
        let begun = Instant::now();
        server.handle.stop();
        server.wait().unwrap();
        let took = begun.elapsed();
        let limit = config().close_timeout.get() + MAX_STOP_DELAY;
        assert!(took < limit, "the stop took {took:?}");
        assert!(threads::is_in(process::id(), "hub", Call::Channel));
        drop((breakpoint, anna));
        until(
            || resources::threads(process::id(), "hub"),
            |&hubs| hubs == 0,
        );
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn repeated_stops_at_any_time_are_harmless() {
    within(LIMIT, || {
        let mut server = server_without_deadline();
        let mut anna = server.member("anna");
        let (one, other) = (server.handle.clone(), server.handle.clone());
        thread::spawn(move || other.stop()).join().unwrap();
        one.stop();
        assert_eq!(anna.receive_close().1, 1001);
        one.stop();
        drop(anna);
        server.wait().unwrap();
        one.stop();

        let server = Server::bind(config()).unwrap();
        server.handle().stop();
        server.handle().stop();
        server.run().unwrap();
    });
}
