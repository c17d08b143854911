//! The waits of the idle threads main, ctrl-c, accept, hub and writer. Also the waits that a test can cause with
//! clients or a limit on descriptors.

use std::thread;

use crate::support::chat::{Chat, LIMIT};
use crate::support::limits::limit_descriptors;
use crate::support::process::{Signal, TIMEOUT};
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, TEXT, encode};
use crate::support::threads::{self, Call};
use crate::support::wait::until;
use crate::support::watchdog::within;

/// The moment at which a stop ends a wait, if the clients do nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ends {
    AtOnce,
    AtTheCloseTimeout,
}
use Ends::{AtOnce, AtTheCloseTimeout};

/// A wait from the table in `src/guide/waits.md`.
pub struct Wait {
    /// The first two cells of its row in the guide.
    pub row: &'static str,
    /// The name of the thread that waits.
    thread: &'static str,
    /// The system call in which it waits.
    call: Call,
    /// Makes the thread wait. The returned clients do nothing until the server has stopped.
    block: fn(&Chat) -> Vec<RawClient>,
    ends: Ends,
}

pub const WAITS: [Wait; 15] = [
    Wait {
        row: "main | `recv`, a server event",
        thread: "chat-server",
        call: Call::Channel,
        block: |_| vec![],
        ends: AtOnce,
    },
    Wait {
        row: "ctrl-c | a signal",
        thread: "ctrl-c",
        // The crate ctrlc waits for a semaphore, which uses futex(2), as a channel does.
        call: Call::Channel,
        block: |_| vec![],
        ends: AtOnce,
    },
    Wait {
        row: "accept | accept(2)",
        thread: "accept",
        call: Call::Accept,
        block: |_| vec![],
        ends: AtOnce,
    },
    Wait {
        row: "accept | `recv_timeout`, after accept(2) failed",
        thread: "accept",
        call: Call::Channel,
        block: |chat| {
            let pid = chat.program.id();
            // Once the server waits for a client, it has closed its startup files. Closing them later would free
            // descriptors.
            let is_ready = || threads::is_in(pid, "accept", Call::Accept);
            until(is_ready, |&is_ready| is_ready);
            limit_descriptors(pid);
            // accept(2) allocates a descriptor before it waits, so the first client still gets one.
            vec![connect_and_send(chat, ""), connect_and_send(chat, "")]
        },
        ends: AtOnce,
    },
    Wait {
        row: "conn-N | read(2), the head of a request",
        thread: "conn-1",
        call: Call::Read,
        block: |chat| vec![connect_and_send(chat, "GET /")],
        ends: AtOnce,
    },
    Wait {
        row: "conn-N | read(2), the body of a request",
        thread: "conn-1",
        call: Call::Read,
        block: |chat| {
            let head = "POST /lines?name=anna HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10";
            vec![connect_and_send(chat, &format!("{head}\r\n\r\nhello"))]
        },
        ends: AtOnce,
    },
    Wait {
        row: "conn-N | read(2), the next request",
        thread: "conn-1",
        call: Call::Read,
        block: |chat| {
            let mut client =
                connect_and_send(chat, "GET /lines HTTP/1.1\r\nHost: localhost\r\n\r\n");
            let head = client.read_head(TIMEOUT).unwrap();
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            vec![client]
        },
        ends: AtOnce,
    },
    Wait {
        row: "conn-N | `receive`, the next line for a long poll",
        thread: "conn-1",
        call: Call::Channel,
        block: |chat| {
            let head = "GET /lines?since=0&wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n";
            vec![connect_and_send(chat, head)]
        },
        ends: AtOnce,
    },
    Wait {
        row: "conn-N | write(2), a response",
        thread: "conn-2",
        call: Call::Write,
        block: |chat| {
            let mut talker = chat.raw_client("/");
            talk(&mut talker);
            let mut client = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
            let head = "GET /lines HTTP/1.1\r\nHost: localhost\r\n\r\n";
            client.send_bytes(head.as_bytes()).unwrap();
            vec![talker, client]
        },
        ends: AtTheCloseTimeout,
    },
    Wait {
        row: "conn-N | read(2), the frames of a WebSocket",
        thread: "conn-1",
        call: Call::Read,
        block: |chat| vec![chat.raw_client("/")],
        ends: AtTheCloseTimeout,
    },
    Wait {
        row: "conn-N | read(2), the rest of the input before the close",
        thread: "conn-1",
        call: Call::Read,
        block: |chat| {
            let mut client = chat.raw_client("/");
            client.send_bytes(&encode(BINARY, b"x")).unwrap();
            client.read_to_end(TIMEOUT).unwrap();
            vec![client]
        },
        ends: AtTheCloseTimeout,
    },
    Wait {
        row: "conn-N | `recv_deadline`, the drop of the write half",
        thread: "conn-1",
        call: Call::Channel,
        block: |chat| {
            let clients = client_behind(chat);
            clients[0].end_sending().unwrap();
            clients
        },
        ends: AtTheCloseTimeout,
    },
    Wait {
        row: "hub | `receive`",
        thread: "hub",
        call: Call::Channel,
        block: |_| vec![],
        ends: AtOnce,
    },
    Wait {
        row: "writer-K | `receive`",
        thread: "writer-0",
        call: Call::Channel,
        block: |_| vec![],
        ends: AtOnce,
    },
    Wait {
        row: "catch-up-N | write(2)",
        thread: "catch-up-1",
        call: Call::Write,
        block: client_behind,
        ends: AtTheCloseTimeout,
    },
];

/// Opens a connection and sends `request`.
fn connect_and_send(chat: &Chat, request: &str) -> RawClient {
    let mut client = RawClient::connect(chat.address).unwrap();
    client.send_bytes(request.as_bytes()).unwrap();
    client
}

/// Fills the history with more bytes than a socket holds.
fn talk(client: &mut RawClient) {
    let line = encode(TEXT, &[b'x'; 1000]);
    client.send_bytes(&line.repeat(1000)).unwrap();
    while !client.read_text().unwrap().starts_with("1000 ") {}
}

/// Returns two clients. The first is behind, because it does not read the lines that the second has sent.
fn client_behind(chat: &Chat) -> Vec<RawClient> {
    let mut client = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
    client.upgrade("/").unwrap();
    let mut talker = chat.raw_client("/");
    talk(&mut talker);
    vec![client, talker]
}

/// Stops a new server while a thread is in this wait. A connection's log line proves that its thread has ended.
fn stop(wait: &Wait) {
    let close_timeout = match wait.ends {
        AtOnce => "1000",
        AtTheCloseTimeout => "1",
    };
    let mut chat = Chat::ours(&[
        "--close-timeout",
        close_timeout,
        "--backlog",
        "100000000",
        "--writers",
        "1",
    ]);
    let clients = (wait.block)(&chat);
    let is_waiting = || threads::is_in(chat.program.id(), wait.thread, wait.call);
    until(|| (wait.row, is_waiting()), |&(_, is_waiting)| is_waiting);
    chat.program.signal(Signal::TERM).unwrap();
    assert_eq!(
        chat.program.wait(TIMEOUT).unwrap().code(),
        Some(0),
        "{}",
        wait.row
    );
    let log = chat.program.rest_of_stderr(TIMEOUT).unwrap();
    for client in &clients {
        let peer = client.stream().local_addr().unwrap().to_string();
        // A client for which the server had no descriptor never became a connection.
        let has_ended = log.iter().any(|line| line.contains(&peer)) || wait.row.contains("failed");
        assert!(has_ended, "{}: {log:?}", wait.row);
    }
}

#[test]
fn stop_ends_waits_at_once_or_at_the_close_timeout() {
    within(LIMIT, || {
        thread::scope(|scope| {
            for wait in &WAITS {
                scope.spawn(|| stop(wait));
            }
        });
    });
}
