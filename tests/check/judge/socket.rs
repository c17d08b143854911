//! A TCP connection to the server, and the bytes that have been read but not parsed yet.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use blocking_chat::base::deadline::Deadline;

use super::{Patience, Target};
use crate::support::raw_client::RawClient;

/// The maximum length of an HTTP head that the judge accepts, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// How long the judge pauses before it tries to connect again.
const PAUSE: Duration = Duration::from_millis(50);
/// The size of a small receive buffer, in bytes. A server soon fills it when the client stops reading.
const SMALL_BUFFER: usize = 64 * 1024;

/// A connection. Dropping this value does not close the connection: see [`KeptOpen`].
pub struct Socket {
    stream: TcpStream,
    pub unread: Vec<u8>,
    patience: Patience,
    /// The list that takes over the connection when this value is dropped, so that the connection stays open. With
    /// `None`, dropping this value closes the connection.
    kept: Option<KeptOpen>,
}

/// Connections that a stage no longer uses. They stay open until the stage is over and the judge has read what the
/// server prints about a failure. Otherwise the server would also report vanished clients, which would hide that
/// output.
pub type KeptOpen = Arc<Mutex<Vec<TcpStream>>>;

/// Why the client can read nothing more, phrased to follow the word "got" in a failure message.
#[derive(Clone, Debug)]
pub struct ReadEnd(pub String);

/// The text of a [`ReadEnd`] if the connection ended without a reset.
const END: &str = "the end of the connection";
const RESET: &str = "a reset of the connection";

impl ReadEnd {
    /// Returns whether the server closed the connection without a reset.
    pub fn is_end(&self) -> bool {
        self.0 == END
    }

    /// Returns whether the connection has ended, cleanly or with a reset.
    pub fn is_lost(&self) -> bool {
        self.0 == END || self.0 == RESET
    }
}

impl Socket {
    /// Tries to connect until the server accepts or the deadline has passed. The error describes why the server did not
    /// accept.
    pub fn connect(target: &Target) -> Result<Socket, String> {
        let deadline = target.patience.prompt_deadline();
        loop {
            let mut reason = String::from("it has no address");
            for address in &target.addresses {
                let left = deadline
                    .remaining()
                    .ok_or_else(|| format!("nothing at {address}"))?;
                match TcpStream::connect_timeout(address, left) {
                    Ok(stream) => return Socket::new(stream, target),
                    Err(error) => reason = format!("{address}: {error}"),
                }
            }
            // The server may print its address a moment before it listens.
            let left = deadline.remaining().ok_or(reason)?;
            thread::sleep(left.min(PAUSE));
        }
    }

    /// Connects with a small receive buffer, so that the server's writes soon block if the client stops reading.
    pub fn connect_small(target: &Target) -> Result<Socket, String> {
        // The first connection shows which of the addresses the server listens on.
        let address: SocketAddr = Socket::connect(target)?
            .stream
            .peer_addr()
            .map_err(describe)?;
        let client = RawClient::connect_with_buffer(address, SMALL_BUFFER).map_err(describe)?;
        Socket::new(client.stream().try_clone().map_err(describe)?, target)
    }

    fn new(stream: TcpStream, target: &Target) -> Result<Socket, String> {
        stream.set_nodelay(true).map_err(describe)?;
        stream
            .set_write_timeout(Some(target.patience.prompt))
            .map_err(describe)?;
        let unread = Vec::new();
        Ok(Socket {
            stream,
            unread,
            patience: target.patience,
            kept: Some(target.kept.clone()),
        })
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.stream
            .write_all(bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::WouldBlock => {
                    let patience = self.patience.prompt.as_secs_f64();
                    format!("a server that reads nothing for {patience} s")
                }
                _ => describe(error),
            })
    }

    /// Reads an HTTP head. Returns it without the empty line at its end.
    pub fn read_head(&mut self, deadline: Deadline) -> Result<String, ReadEnd> {
        loop {
            if let Some(end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.unread.drain(..end + 4).take(end).collect();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            if self.unread.len() > MAX_HEAD {
                return Err(ReadEnd("more than 16 KiB without an empty line".into()));
            }
            self.read_more(deadline)?;
        }
    }

    /// Waits for more bytes and appends them to `unread`.
    pub fn read_more(&mut self, deadline: Deadline) -> Result<(), ReadEnd> {
        let mut bytes = [0; 16 * 1024];
        let left = deadline.remaining();
        let left = left.ok_or_else(|| ReadEnd(self.patience.over()))?;
        self.stream
            .set_read_timeout(Some(left))
            .map_err(|error| ReadEnd(describe(error)))?;
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(ReadEnd(END.into())),
            Ok(count) => {
                self.unread.extend_from_slice(&bytes[..count]);
                Ok(())
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(()),
                ErrorKind::ConnectionReset => Err(ReadEnd(RESET.into())),
                _ => Err(ReadEnd(describe(error))),
            },
        }
    }

    /// Closes the connection now.
    pub fn end(mut self) {
        self.kept = None;
    }

    /// Resets the connection, as the system may do after a program crashes.
    pub fn reset(mut self) {
        self.kept = None;
        let _ = rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let (Some(kept), Ok(stream)) = (&self.kept, self.stream.try_clone()) {
            kept.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(stream);
        }
    }
}

fn describe(error: impl ToString) -> String {
    error.to_string()
}
