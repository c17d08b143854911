//! The write timeout: it disconnects a client that reads nothing, but not a client that reads slowly.

use std::time::{Duration, Instant};

use crate::support::chat::{Chat, ChatClient, LIMIT};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::resources::{descriptors, threads};
use crate::support::wait::{Pace, retry_on_delay, until};
use crate::support::watchdog::within;

const WRITE_TIMEOUT: Duration = Duration::from_millis(400);

fn chat() -> Chat {
    Chat::ours(&[
        "--write-timeout",
        "0.4",
        "--close-timeout",
        "0.2",
        "--backlog",
        "100000000",
    ])
}

/// Sends a thousand lines, about 1 MB. This is more than both sockets of a connection hold if the client reads nothing.
fn flood(anna: &mut ChatClient) {
    let text = "x".repeat(1000);
    (0..1000).for_each(|_| _ = anna.say_and_receive(&text));
}

/// The server does not disconnect the client before the write timeout.
#[test]
fn stuck_client_is_disconnected_at_the_write_timeout() {
    within(LIMIT, || {
        let chat = chat();
        let pid = chat.program.id();
        let mut anna = chat.member("anna");
        until(|| threads(pid, "conn-"), |&threads| threads == 1);
        let before = descriptors(pid);
        let mut stuck = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        stuck.upgrade("/?name=stuck").unwrap();
        let begun = Instant::now();
        flood(&mut anna);
        anna.say("the end");
        // Anna may already have received the `left` notice, between her lines. So the test waits for the log.
        let line = chat.program.stderr_line(TIMEOUT).unwrap();
        println!("gone after {:?}", begun.elapsed());
        assert!(begun.elapsed() >= WRITE_TIMEOUT);
        assert!(
            line.ends_with("gone: it accepted no bytes within the write timeout"),
            "{line}"
        );
        until(|| threads(pid, "catch-up-"), |&threads| threads == 0);
        until(
            || (threads(pid, "conn-"), descriptors(pid)),
            |now| *now == (1, before),
        );
        drop(stuck);
    });
}

#[test]
fn client_that_reads_slowly_but_steadily_stays() {
    let scenario = || {
        let chat = chat();
        let mut anna = chat.member("anna");
        flood(&mut anna);
        // The replay of all lines is one block. Reading this block takes several write timeouts.
        let mut slow = RawClient::connect_with_buffer(chat.address, 4096).unwrap();
        slow.upgrade("/?name=slow&since=0").unwrap();
        // The client reads a kilobyte every two milliseconds: 200 kB per write timeout.
        let (pace, begun) = (Pace::new(500), Instant::now());
        let mut line = slow.read_text().unwrap();
        let mut taken = 0;
        while !line.ends_with("* slow joined") {
            taken += line.len();
            pace.wait_until_due(taken);
            line = slow.read_text().unwrap();
        }
        println!("read in {:?}", begun.elapsed());
        assert!(begun.elapsed() >= 4 * WRITE_TIMEOUT);
        slow.send_text("still here").unwrap();
        assert!(slow.read_text().unwrap().ends_with("slow: still here"));
    };
    within(LIMIT, || retry_on_delay(scenario));
}
