//! The waits that a test can cause with a blocked hub, a rate limit, or a blocked stdout or stderr. The waits of idle
//! log and trace threads are here, too.

use std::process;
use std::time::Instant;

use blocking_chat::server::hub::MAX_WAITING_MESSAGES;
use blocking_chat::server::{Config, Seconds};

use crate::support::breakpoint::Breakpoint;
use crate::support::chat::{Chat, LIMIT};
use crate::support::library::{EmbeddedServer, MAX_STOP_DELAY, config};
use crate::support::limits::blocked_stderr;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{PING, encode};
use crate::support::resources;
use crate::support::threads::{self, Call};
use crate::support::wait::{retry_on_delay, until};
use crate::support::watchdog::within;

/// A timeout that is longer than the time limit of a test.
const NEVER: Seconds = Seconds::new(1000);

/// The rows of the table in `src/guide/waits.md` that this file tests. Each string is a row's first two cells.
pub const ROWS: [&str; 9] = [
    "main | `send_deadline`, sending `Stop` to the hub",
    "main | `recv_deadline`, the end of the last thread",
    "conn-N | `receive`, the hub's answer to a request",
    "conn-N | `recv_timeout`, the pause of a client over the rate limit",
    "conn-N | `send` to the hub",
    "log | `receive`, a line of the log",
    "log | writing it to stderr",
    "trace | `receive`, a line to show",
    "trace | writing it to stdout",
];

/// Starts a server without a rate limit and with two clients. A line from the second client blocks the hub at a
/// breakpoint.
fn blocked_hub(close_timeout: Seconds) -> (EmbeddedServer, Breakpoint, [RawClient; 2]) {
    let server = EmbeddedServer::alone(Config {
        close_timeout,
        lines_per_second: 0,
        ..config()
    });
    let mut clients = [(); 2].map(|()| server.raw_client("/"));
    let breakpoint = Breakpoint::set();
    clients[1].send_text(breakpoint.word()).unwrap();
    breakpoint.until_reached();
    (server, breakpoint, clients)
}

fn until_thread_waits(thread: &str) {
    let is_waiting = || threads::is_in(process::id(), thread, Call::Channel);
    until(is_waiting, |&is_waiting| is_waiting);
}

/// Sends more messages than the hub's channel holds, and waits until the connection's thread blocks. The messages are
/// Pings, because lines from many frames become one message to the hub.
fn fill_the_channel(client: &mut RawClient) {
    let pings = encode(PING, b"hello").repeat(MAX_WAITING_MESSAGES + 100);
    client.send_bytes(&pings).unwrap();
    until_thread_waits("conn-1");
}

/// Begins to stop a server. Returns when the accept thread has ended.
fn begin_to_stop(server: &EmbeddedServer) {
    server.handle.stop();
    until(
        || resources::threads(process::id(), "accept"),
        |&count| count == 0,
    );
}

#[test]
fn main_waits_no_longer_than_its_deadline() {
    let scenario = || {
        for is_full in [true, false] {
            let close_timeout = config().close_timeout;
            let (mut server, breakpoint, mut clients) = blocked_hub(close_timeout);
            if is_full {
                fill_the_channel(&mut clients[0]);
            }
            let begun = Instant::now();
            server.handle.stop();
            server.wait().unwrap();
            let took = begun.elapsed();
            let min = close_timeout.get();
            assert!(took >= min && took < min + MAX_STOP_DELAY, "{took:?}");
            drop((breakpoint, clients));
            server.until_no_thread_is_left();
        }
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn send_to_a_full_hub_channel_ends_during_a_stop() {
    within(LIMIT, || {
        let (mut server, breakpoint, mut clients) = blocked_hub(NEVER);
        fill_the_channel(&mut clients[0]);
        begin_to_stop(&server);
        drop((breakpoint, clients));
        server.wait().unwrap();
        server.until_no_thread_is_left();
    });
}

#[test]
fn request_that_waits_for_the_hub_is_answered_during_a_stop() {
    within(LIMIT, || {
        let (mut server, breakpoint, clients) = blocked_hub(NEVER);
        let get = b"GET /lines HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut requester = RawClient::connect(server.address).unwrap();
        requester.send_bytes(get).unwrap();
        until_thread_waits("conn-3");
        begin_to_stop(&server);
        drop(breakpoint);
        let head = requester.read_head(TIMEOUT).unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200 "),
            "the request was sent before the stop: {head}"
        );
        drop(clients);
        server.wait().unwrap();
        server.until_no_thread_is_left();
    });
}

#[test]
fn stop_ends_the_pause_of_the_rate_limit() {
    within(LIMIT, || {
        let mut server = EmbeddedServer::alone(Config {
            close_timeout: NEVER,
            lines_per_second: 1,
            ..config()
        });
        let mut client = server.raw_client("/");
        client.send_text(&"a line\n".repeat(1000)).unwrap();
        while !client.read_text().unwrap().starts_with("1001 ") {}
        until_thread_waits("conn-1");
        server.handle.stop();
        assert_eq!(client.read_frame(TIMEOUT).unwrap().close_code(), Some(1001));
        drop(client);
        server.wait().unwrap();
        server.until_no_thread_is_left();
    });
}

#[test]
fn stop_does_not_wait_for_a_blocked_stderr() {
    let scenario = || {
        let (stderr, _unread) = blocked_stderr();
        let options = ["--close-timeout", "0.2", "--max-connections", "1"];
        let mut chat = Chat::prepared(&options, |command| _ = command.stderr(stderr));
        let pid = chat.program.id();
        let until_thread_is_in = |thread, call| {
            until(|| threads::is_in(pid, thread, call), |&sits| sits);
        };
        drop(chat.raw_client("/"));
        until_thread_is_in("log", Call::WriteToPipe);
        // The only permit is free again, and this client gets it. The next client is refused, which is also logged.
        let second = chat.raw_client("/");
        chat.exchange(b"GET / HTTP/1.1\r\n");
        drop(second);
        let begun = Instant::now();
        chat.program.signal(Signal::TERM).unwrap();
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
        assert!(begun.elapsed() < config().close_timeout.get() + MAX_STOP_DELAY);
    };
    within(LIMIT, || retry_on_delay(scenario));
}

#[test]
fn log_and_trace_threads_end_at_a_stop() {
    within(LIMIT, || {
        let mut chat = Chat::ours(&["--show-wire"]);
        let pid = chat.program.id();
        for thread in ["log", "trace"] {
            until(|| threads::is_in(pid, thread, Call::Channel), |&sits| sits);
        }
        chat.program.signal(Signal::TERM).unwrap();
        assert_eq!(chat.program.wait(TIMEOUT).unwrap().code(), Some(0));
    });
}

#[test]
fn stop_does_not_wait_for_a_blocked_stdout() {
    let scenario = || {
        let options = ["--show-wire", "--close-timeout", "0.2"];
        let (mut terminal, endpoint) = Chat::in_a_terminal(&options);
        terminal.stop_output();
        let mut client = endpoint.raw_client("/");
        let pid = terminal.id();
        while !threads::is_in(pid, "trace", Call::WriteToPipe) {
            client.send_text(&"x".repeat(100)).unwrap();
            client.read_text().unwrap();
        }
        client.end_sending().unwrap();
        let begun = Instant::now();
        terminal.signal(Signal::TERM);
        assert_eq!(terminal.wait().code(), Some(0));
        assert!(begun.elapsed() < config().close_timeout.get() + MAX_STOP_DELAY);
    };
    within(LIMIT, || retry_on_delay(scenario));
}
