//! Whether the peer of a connection has hung up, while no thread reads from it.

use std::net::TcpStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The event of a peer that has ended its stream. A peek would not see it behind a pipelined request.
#[cfg(target_os = "linux")]
const END_OF_STREAM: PollFlags = PollFlags::RDHUP;

/// Other systems have no separate event for it, and report HUP.
#[cfg(not(target_os = "linux"))]
const END_OF_STREAM: PollFlags = PollFlags::HUP;

/// Returns whether the peer has hung up. Never waits.
///
/// A peer that has only ended its half of the stream and still reads counts, too: TCP does not distinguish the two.
pub(crate) fn has_hung_up(stream: &TcpStream) -> bool {
    let mut watched = [PollFd::new(stream, END_OF_STREAM)];
    // poll(2) fails if the system has no memory for it. The caller asks again later.
    let polled = poll(&mut watched, Some(&Timespec::default()));
    let over = END_OF_STREAM | PollFlags::HUP | PollFlags::ERR;
    polled.is_ok() && watched.iter().any(|it| it.revents().intersects(over))
}
