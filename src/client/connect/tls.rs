#![doc = include_str!("../../guide/tls.md")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::ClientConnection;
use tungstenite::Bytes;

use crate::client::connect::certificates;
use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Trust;
use crate::client::connect::tcp::{Budget, is_transient};

/// The maximum number of bytes that one read(2) returns. The longest TLS record is only slightly longer.
const CHUNK: usize = 16 * 1024;

/// A TLS connection that several threads share.
#[derive(Debug)]
pub(crate) struct Tls(Mutex<TlsState>);

#[derive(Debug)]
struct TlsState {
    connection: ClientConnection,
    /// Ciphertext that has been read from the socket but not decrypted yet.
    unread: Vec<u8>,
}

impl Tls {
    /// Performs the TLS handshake. No other thread has the socket yet.
    pub(super) fn start(
        mut stream: &TcpStream,
        host: &str,
        trust: &Trust,
        budget: &Budget,
    ) -> Result<Tls, ConnectError> {
        let mut connection = certificates::client(host, trust)?;
        while connection.is_handshaking() || connection.wants_write() {
            budget.limit(stream, "the TLS handshake")?;
            let moved = match connection.wants_write() {
                true => connection.write_tls(&mut stream),
                false => connection.read_tls(&mut stream),
            };
            match moved {
                Ok(0) => return Err(io::Error::from(ErrorKind::UnexpectedEof).into()),
                Err(error) if !is_transient(&error) => return Err(error.into()),
                _ => {}
            }
            if let Err(error) = connection.process_new_packets() {
                // This sends the alert that rustls has queued for the server. If that fails, the user still sees the reason.
                let _ = connection.write_tls(&mut stream);
                return Err(certificates::tls_error(host, &error));
            }
        }
        let unread = Vec::new();
        Ok(Tls(Mutex::new(TlsState { connection, unread })))
    }

    fn lock(&self) -> MutexGuard<'_, TlsState> {
        // Ignore a poisoned lock: if a panic has broken the state, the next rustls call fails.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Implements [`TransportStream::read`](super::transport::TransportStream::read). Only decryption needs the lock.
    pub(super) fn read(&self, socket: &TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let mut stream = socket;
        if let Some(read) = self.lock().read(buffer)? {
            return Ok(Some(read));
        }
        let mut ciphertext = [0; CHUNK];
        let length = stream.read(&mut ciphertext)?;
        let mut state = self.lock();
        if length == 0 {
            return Ok(Some(0));
        }
        state.unread.extend(ciphertext.iter().take(length));
        state.read(buffer)
    }

    /// Implements [`TransportStream::seal`](super::transport::TransportStream::seal). Records of TLS itself come first.
    pub(super) fn seal(&self, bytes: &[u8], is_last: bool) -> io::Result<Bytes> {
        let mut state = self.lock();
        // The buffer of rustls may take only a part of the bytes. So this loop empties the buffer after each part.
        let (mut rest, mut records) = (bytes, Vec::new());
        loop {
            while state.connection.wants_write() {
                state.connection.write_tls(&mut records)?;
            }
            if rest.is_empty() {
                return Ok(records.into());
            }
            let taken = state.connection.writer().write(rest)?;
            rest = rest.get(taken..).unwrap_or_default();
            if is_last && rest.is_empty() {
                state.connection.send_close_notify();
            }
        }
    }

    /// Returns whether TLS has records of its own to send.
    pub(crate) fn has_own_records(&self) -> bool {
        self.lock().connection.wants_write()
    }
}

impl TlsState {
    /// Decrypts unread ciphertext until there is plaintext. Returns `None` if it needs more ciphertext.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            match self.connection.reader().read(buffer) {
                Ok(read) => return Ok(Some(read)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // The stream ended without close_notify. The WebSocket's Close shows whether something is missing.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Some(0)),
                Err(error) => return Err(error),
            }
            if self.unread.is_empty() {
                return Ok(None);
            }
            let mut unread = self.unread.as_slice();
            let taken = self.connection.read_tls(&mut unread)?;
            self.unread.drain(..taken);
            self.connection
                .process_new_packets()
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        }
    }
}
