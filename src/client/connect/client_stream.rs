//! The stream that tungstenite reads from and writes to. It reads from the socket, and writes through the write side.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Bytes, WebSocket};

use crate::base::deadline::Deadline;
use crate::base::frame::FrameScanner;
use crate::client::connect::session::Session;
use crate::client::connect::tcp::is_transient;

/// The longest message that the client accepts, in bytes: 1 MiB. That is 64 times our server's default `--max-message`.
pub(crate) const MAX_MESSAGE: usize = 1 << 20;
/// If a write does not fit into the socket, a thread that must not block retries it after 20 ms. Such a thread writes
/// only control frames and TLS's own records, which usually fit while the server reads.
pub(crate) const WRITE_RETRY_INTERVAL: Duration = Duration::from_millis(20);
/// The timeout of the last read, which begins after the deadline has passed: 1 ms.
const FINAL_READ_TIMEOUT: Duration = Duration::from_millis(1);

/// Reads from the socket, and writes Pongs and the reply to a Close through the
/// [`WriteSide`](crate::client::connect::write_side::WriteSide). Only the socket thread has this stream.
#[derive(Debug)]
pub struct ClientStream {
    session: Arc<Session>,
    /// The read timeout last set on the socket. If the next read needs the same timeout, `read` saves a system call.
    timeout: Option<Duration>,
    /// A read fails with `TimedOut` if nothing has arrived by this deadline. `None` means that reads have no deadline.
    pub(crate) deadline: Option<Deadline>,
    /// Keeps the server's Close as it arrived. tungstenite replaces a Close whose code it rejects, such as 1014.
    pub(crate) frames: FrameScanner,
}

impl ClientStream {
    /// Creates a WebSocket for a session. `unread` holds the bytes that followed the head of the server's 101 response.
    pub fn websocket(session: &Arc<Session>, unread: Vec<u8>) -> WebSocket<ClientStream> {
        let mut stream = ClientStream {
            session: Arc::clone(session),
            timeout: None,
            deadline: None,
            frames: FrameScanner::default(),
        };
        stream.frames.count(&unread);
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            // Without a write buffer, tungstenite passes each frame to `write` in one call.
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        WebSocket::from_partially_read(stream, unread, Role::Client, Some(config))
    }

    /// Reads and discards raw bytes until the stream ends, for at most `limit`. If a socket is closed with unread input, the
    /// kernel sends a reset. A reset can make the server discard our Close.
    pub fn drain(&mut self, limit: Duration) {
        self.deadline = Some(Deadline::after(limit));
        let mut discarded = [0; 4096];
        while self.read(&mut discarded).is_ok_and(|read| read > 0) {}
    }

    /// Tries to write what waits in the write side. Returns the timeout of the next read, or `None` if it needs none.
    fn next_timeout(&self, left: Option<Duration>) -> Option<Duration> {
        let must_retry = self.session.write_side.try_flush();
        let retry = must_retry.then_some(WRITE_RETRY_INTERVAL);
        // Each frame sets a new deadline. Rounded up, the timeout usually stays the same, which saves a system call.
        let left = left.map(|left| match left.as_secs() {
            0 | 1 => left.max(FINAL_READ_TIMEOUT),
            seconds => Duration::from_secs(seconds + 1),
        });
        retry.into_iter().chain(left).min()
    }
}

impl Read for ClientStream {
    /// Blocks until there is something to read, or until the deadline. Meanwhile, retries writes that did not fit.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let left = self.deadline.map(|by| by.remaining().unwrap_or_default());
            let is_expired = left == Some(Duration::ZERO);
            let timeout = self.next_timeout(left);
            let transport = &self.session.transport;
            if timeout != self.timeout {
                transport.stream.set_read_timeout(timeout)?;
                self.timeout = timeout;
            }
            match transport.read(buffer) {
                Ok(Some(read)) => {
                    self.frames.count(buffer.get(..read).unwrap_or_default());
                    return Ok(read);
                }
                // Only a read that began after the deadline may time out. So the client still sees input that arrived
                // while it was stopped or blocked on its output.
                Err(error) if is_expired && error.kind() == ErrorKind::WouldBlock => {
                    return Err(ErrorKind::TimedOut.into());
                }
                Err(error) if !is_transient(&error) => return Err(error),
                // If the bytes were for TLS itself, TLS may now have a record to send. `next_timeout` writes it.
                Ok(None) | Err(_) => {}
            }
        }
    }
}

impl Write for ClientStream {
    /// Passes a frame to the write side: a Pong, or the reply to a Close. tungstenite has already masked the frame.
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        self.session.write_side.offer(Bytes::copy_from_slice(frame));
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
