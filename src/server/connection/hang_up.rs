//! Detects that a peer has hung up, while no thread reads from its socket.

use std::net::TcpStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The event of poll(2) that reports the end of a peer's stream. A peek would not see the end of the stream while a
/// pipelined request is unread.
#[cfg(target_os = "linux")]
const END_OF_STREAM: PollFlags = PollFlags::RDHUP;

/// Other systems use `HUP` here, because some of them lack `RDHUP`.
#[cfg(not(target_os = "linux"))]
const END_OF_STREAM: PollFlags = PollFlags::HUP;

/// Returns whether the peer has hung up. Never waits.
///
/// A half-closed peer, which still reads, also counts: in TCP, it looks the same as a peer that is gone.
pub(crate) fn has_hung_up(stream: &TcpStream) -> bool {
    let mut watched = [PollFd::new(stream, END_OF_STREAM)];
    // If poll(2) fails for lack of memory, this returns `false`, and the caller checks again later.
    let polled = poll(&mut watched, Some(&Timespec::default()));
    let over = END_OF_STREAM | PollFlags::HUP | PollFlags::ERR;
    polled.is_ok() && watched.iter().any(|it| it.revents().intersects(over))
}
