//! Connections that there is no place or no thread for.

use std::collections::VecDeque;
use std::net::{Shutdown, TcpStream};

use log::warn;

use super::refusal::Refusal;

/// How many refused sockets are kept open: 64. If a socket is closed before the peer's request has been read, the peer
/// gets a reset in place of the answer.
const KEPT: usize = 64;

/// The last sockets that have been refused.
#[derive(Debug, Default)]
pub struct Refused {
    sockets: VecDeque<TcpStream>,
}

impl Refused {
    /// Answers with a 503 without waiting, and says that nothing will follow it.
    pub fn add(&mut self, stream: TcpStream) {
        if self.sockets.is_empty() {
            warn!("too many connections: this one and the next are answered with 503");
        }
        let refusal = Refusal::new(503, "Too many connections are open; try again later.");
        let answer = refusal.with("Retry-After", "5").to_bytes(false);
        // A new socket has room for so little. If the peer is gone already, nobody misses the answer.
        let _ = rustix::net::send(&stream, &answer, rustix::net::SendFlags::DONTWAIT);
        let _ = stream.shutdown(Shutdown::Write);
        if self.sockets.len() == KEPT {
            self.sockets.pop_front();
        }
        self.sockets.push_back(stream);
    }
}
