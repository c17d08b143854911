//! Whether there is still somebody at the other end of a connection on which nobody reads.

use std::net::TcpStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The event of a peer that will send nothing more. A peek would not see it behind a request that was sent ahead.
#[cfg(target_os = "linux")]
const NOTHING_MORE: PollFlags = PollFlags::RDHUP;

/// Other systems have no event of its own for that, and say HUP.
#[cfg(not(target_os = "linux"))]
const NOTHING_MORE: PollFlags = PollFlags::HUP;

/// Whether the peer has hung up. Never waits.
///
/// It may also have ended only its half of the stream, and still read: TCP does not tell one from the other.
pub fn has_hung_up(stream: &TcpStream) -> bool {
    let mut watched = [PollFd::new(stream, NOTHING_MORE)];
    // If the system has no memory for the question, it is asked again later.
    let asked = poll(&mut watched, Some(&Timespec::default()));
    let over = NOTHING_MORE | PollFlags::HUP | PollFlags::ERR;
    asked.is_ok() && watched.iter().any(|it| it.revents().intersects(over))
}
