//! Clients that read nothing, and a talker that makes them fall behind.

use std::io;

use crate::support::chat::{Chat, ChatClient, Endpoint};
use crate::support::process::TIMEOUT;
use crate::support::raw_client::RawClient;
use crate::support::raw_frame::TEXT;
use crate::support::resources::threads;
use blocking_chat::base::line;

/// Starts our server with these options. The server accepts lines of up to 50,000 bytes. A few such lines fill a socket.
pub fn chat(options: &[&str]) -> Chat {
    Chat::ours(&[&["--max-message", "50000"], options].concat())
}

/// Returns a long line. About eight such lines fill a socket.
pub fn long_line() -> String {
    "x".repeat(40_000)
}

/// The number of long lines in 4 MB. A connection's two sockets and a backlog of 300,000 bytes cannot hold that much.
pub const FLOOD: usize = 100;

/// Connects a client that has a small receive buffer, and joins the room. The client reads nothing until the test reads
/// from it.
pub fn stalled(endpoint: &Endpoint, name: &str) -> RawClient {
    try_stalled(endpoint, name).unwrap()
}

/// Like [`stalled`], but returns an error if the client cannot join, for example because no permit is free yet.
pub fn try_stalled(endpoint: &Endpoint, name: &str) -> io::Result<RawClient> {
    let mut client = RawClient::connect_with_buffer(endpoint.address, 4096)?;
    client.upgrade(&format!("/?name={name}"))?;
    Ok(client)
}

/// Returns the number of clients that are behind.
pub fn behind(chat: &Chat) -> usize {
    threads(chat.program.id(), "catch-up-")
}

/// Sends long lines until `count` clients are behind.
pub fn get_behind(chat: &Chat, talker: &mut ChatClient, count: usize) {
    while behind(chat) < count {
        talker.say_and_receive(&long_line());
    }
}

/// What a client has read: the line numbers, and the code and reason of the Close after the lines, if a Close arrived.
#[derive(Debug)]
pub struct ReadOutcome {
    pub numbers: Vec<u64>,
    pub close: Option<(u16, String)>,
}

/// Reads up to the line with the number `newest`, or up to a Close and the end of the stream.
pub fn read_up_to(client: &mut RawClient, newest: u64) -> ReadOutcome {
    let mut numbers = Vec::new();
    while numbers.last() != Some(&newest) {
        let frame = client.read_frame(TIMEOUT).unwrap();
        if frame.opcode == TEXT {
            numbers.extend(line::number(&frame.text()));
            continue;
        }
        let code = frame.close_code().unwrap_or_else(|| panic!("{frame:?}"));
        let reason = String::from_utf8(frame.payload[2..].to_vec()).unwrap();
        assert_eq!(client.read_to_end(TIMEOUT).unwrap(), b"", "after the Close");
        let close = Some((code, reason));
        return ReadOutcome { numbers, close };
    }
    let close = None;
    ReadOutcome { numbers, close }
}

/// Returns the gaps in these numbers: the last number before each gap and the first one after it.
pub fn gaps(numbers: &[u64]) -> Vec<(u64, u64)> {
    let pairs = numbers.windows(2).map(|two| (two[0], two[1]));
    pairs
        .filter(|(before, after)| before + 1 != *after)
        .collect()
}
