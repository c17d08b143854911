//! A connection whose bytes are counted at the socket.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::base::deadline::Deadline;

/// A stream that counts the bytes to the server (up) and from it (down). One deadline applies to all reads and writes.
#[derive(Debug)]
pub(crate) struct CountingStream {
    stream: TcpStream,
    deadline: Deadline,
    pub up: u64,
    pub down: u64,
}

impl CountingStream {
    /// Wraps a connected socket. Both counters start at 0.
    pub(crate) fn new(stream: TcpStream, deadline: Deadline) -> CountingStream {
        CountingStream {
            stream,
            deadline,
            up: 0,
            down: 0,
        }
    }

    /// Replaces the deadline. Reads and writes fail with `TimedOut` once it has passed.
    pub(crate) fn set_deadline(&mut self, deadline: Deadline) {
        self.deadline = deadline;
    }
}

impl Read for CountingStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.deadline.remaining().ok_or_else(timed_out)?;
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(buffer) {
                Err(error) if is_transient(&error) => {}
                result => {
                    self.down += *result.as_ref().unwrap_or(&0) as u64;
                    return result;
                }
            }
        }
    }
}

impl Write for CountingStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let left = self.deadline.remaining().ok_or_else(timed_out)?;
            self.stream.set_write_timeout(Some(left))?;
            match self.stream.write(bytes) {
                Err(error) if is_transient(&error) => {}
                result => {
                    self.up += *result.as_ref().unwrap_or(&0) as u64;
                    return result;
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns whether the error means only that a timeout or a signal interrupted the call. The caller then checks its
/// deadline and tries again.
fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}
