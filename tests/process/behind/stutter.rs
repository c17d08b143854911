//! Clients stall and read at random. Each gets exactly the expected bytes.

use std::io::Read;
use std::sync::{Condvar, Mutex};
use std::thread;

use blocking_chat::base::frame;
use blocking_chat::base::line;

use crate::support::chat::{Chat, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::random::Random;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::TEXT;
use crate::support::resources::threads;
use crate::support::watchdog::within;

/// The number of lines that the talker sends, in frames of `LINES_PER_FRAME` lines.
const LINES: u64 = 30_000;
const LINES_PER_FRAME: u64 = 100;

/// The number of clients that stutter.
const CLIENTS: usize = 6;

/// Returns the text of the line with this number: the number and 0 to 249 letters.
fn text(number: u64) -> String {
    format!("{number} {}", "x".repeat((number * 7919 % 250) as usize))
}

/// The number of lines that the talker has received. A client stalls until this number is high enough, not for a fixed
/// time.
#[derive(Default)]
struct Progress(Mutex<u64>, Condvar);

impl Progress {
    fn advance(&self, lines: u64) {
        *self.0.lock().unwrap() = lines;
        self.1.notify_all();
    }

    fn wait_for(&self, lines: u64) {
        let lines_received = self.0.lock().unwrap();
        drop(
            self.1
                .wait_while(lines_received, |lines_received| *lines_received < lines)
                .unwrap(),
        );
    }
}

/// Every line arrives once and in order.
#[test]
fn stuttering_client_gets_the_exact_stream() {
    within(LIMIT, || {
        let chat = Chat::ours(&[
            "--backlog",
            "100000000",
            "--write-timeout",
            "1000",
            "--lines-per-second",
            "0",
        ]);
        let clients: Vec<_> = (0..CLIENTS).map(|number| joined(&chat, number)).collect();
        let mut talker = chat.member("talker");
        let hello = line::number(&talker.say_and_receive("hello")).unwrap();
        let mut expected = Vec::new();
        for number in hello + 1..=hello + LINES {
            frame::append_text(&mut expected, &format!("{number} talker: {}", text(number)));
        }
        let (progress, pid) = (Progress::default(), chat.program.id());
        let times_behind = thread::scope(|scope| {
            let stuttering: Vec<_> = clients
                .into_iter()
                .zip(1..)
                .map(|(client, id)| {
                    let (expected, progress) = (&expected, &progress);
                    let is_behind = move || threads(pid, &format!("catch-up-{id}")) > 0;
                    scope.spawn(move || stutter(client, id, expected, progress, is_behind))
                })
                .collect();
            for first in (hello + 1..=hello + LINES).step_by(LINES_PER_FRAME as usize) {
                let lines: Vec<_> = (first..first + LINES_PER_FRAME).map(text).collect();
                talker.say(&lines.join("\n"));
                talker.receive_until_number(first + LINES_PER_FRAME - 1);
                progress.advance(first + LINES_PER_FRAME - 1 - hello);
            }
            let counts = stuttering.into_iter().map(|thread| thread.join().unwrap());
            counts.sum::<usize>()
        });
        println!(
            "{CLIENTS} clients, {} bytes each, found behind {times_behind} times",
            expected.len()
        );
        assert!(times_behind >= CLIENTS, "{times_behind}");
    });
}

/// Connects a client and joins the room. A client with an odd `number` has a small receive buffer.
fn joined(chat: &Chat, number: usize) -> RawClient {
    let mut client = if number % 2 == 0 {
        RawClient::connect(chat.address).unwrap()
    } else {
        RawClient::connect_with_buffer(chat.address, 4096).unwrap()
    };
    client.upgrade("/").unwrap();
    client
}

/// Checks that the client reads exactly the expected bytes after the line `hello`. Stalls between reads, and returns
/// the number of stalls after which the client was behind.
fn stutter(
    mut client: RawClient,
    id: u64,
    expected: &[u8],
    progress: &Progress,
    is_behind: impl Fn() -> bool,
) -> usize {
    while !client.read_text().unwrap().ends_with(" talker: hello") {}
    let mut random = Random::new(id);
    let mut buffer = [0; 10_000];
    let mut was_behind = 0;
    let read_ahead = client.take_unread();
    assert!(expected.starts_with(&read_ahead));
    let mut read = read_ahead.len();
    while read < expected.len() {
        let lines = (LINES as usize * read / expected.len() + random.below(9000)) as u64;
        progress.wait_for(lines.min(LINES));
        was_behind += usize::from(is_behind());
        // The loop reads up to two megabytes, in pieces of random size.
        for _ in 0..random.below(200) {
            if read == expected.len() {
                break;
            }
            let max = 1 + random.below(buffer.len().min(expected.len() - read));
            let length = client.stream().read(&mut buffer[..max]).unwrap();
            assert!(
                length > 0,
                "client {id}: the stream ended after {read} bytes"
            );
            assert_eq!(
                &buffer[..length],
                &expected[read..read + length],
                "client {id} after {read} bytes"
            );
            read += length;
        }
    }
    // The client has read all lines, so only `left` notices may arrive before the reply to its Close.
    client.send_close(1000, "").unwrap();
    let mut next = client.read_frame(TIMEOUT).unwrap();
    while next.opcode == TEXT && next.text().ends_with(" left") {
        next = client.read_frame(TIMEOUT).unwrap();
    }
    assert_eq!(next.close_code(), Some(1000));
    was_behind
}
