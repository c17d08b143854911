//! How the server stops: every step that `src/server/lifecycle/stop.rs` specifies, and obstacles that must not prevent
//! a stop.

mod crowds;
mod obstacles;
mod racing;
mod steps;

use std::io::Write;
use std::net::Shutdown;
use std::thread::{self, JoinHandle};

use blocking_chat::base::line;

use crate::support::chat::Endpoint;
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::{BINARY, TEXT, encode};

/// Reads up to Close 1001, which must be the last frame. Returns the lines before it, whose numbers must have no gap.
fn read_to_close_1001(client: &mut RawClient) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    loop {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode != TEXT {
            assert_eq!(frame.close_code(), Some(1001), "{frame:?}");
            assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"", "after the Close");
            return lines;
        }
        let line = frame.text();
        let last = lines.last().and_then(|last| line::number(last));
        assert!(
            last.is_none() || line::number(&line) == last.map(|last| last + 1),
            "{line:?} after {last:?}"
        );
        lines.push(line);
    }
}

/// Returns a member that has sent 2 MB, and one that reads nothing and is behind.
fn stalled_member(endpoint: &Endpoint) -> (RawClient, RawClient) {
    let mut stalled = RawClient::connect_with_buffer(endpoint.address, 4096).unwrap();
    stalled.upgrade("/?name=stalled").unwrap();
    let mut anna = endpoint.raw_client("/?name=anna");
    let line = encode(TEXT, &[b'x'; 1000]);
    let mut own = 0;
    for _ in 0..20 {
        anna.send_bytes(&line.repeat(100)).unwrap();
        own += 100;
        while own > 0 {
            let received = anna.read_text().unwrap();
            own -= usize::from(received.contains(" anna: "));
        }
    }
    (anna, stalled)
}

/// Starts an echo connection that floods the server on one thread and reads on another. The returned thread reads up to
/// Close 1001.
fn flooding_echo(endpoint: &Endpoint) -> JoinHandle<()> {
    let mut client = endpoint.raw_client("/echo");
    let mut stream = client.stream().try_clone().unwrap();
    thread::spawn(move || {
        let frame = encode(BINARY, &[7; 1000]);
        while stream.write_all(&frame).is_ok() {}
    });
    (0..100).for_each(|_| _ = client.read_frame(TIMEOUT).unwrap());
    thread::spawn(move || {
        loop {
            let frame = client.read_frame(TIMEOUT).unwrap();
            if frame.opcode != BINARY {
                assert_eq!(frame.close_code(), Some(1001), "{frame:?}");
                break;
            }
        }
        client.stream().shutdown(Shutdown::Both).unwrap();
    })
}
