//! A socket, with or without TLS. [`tls`](crate::client::connect::tls) explains how two threads share a TLS connection.

use std::io::{self, Read};
use std::net::TcpStream;

use tungstenite::Bytes;

use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Trust;
use crate::client::connect::tcp::Budget;
use crate::client::connect::tls::Tls;
use crate::client::connect::url::Url;

/// A socket, with or without TLS.
#[derive(Debug)]
pub struct TransportStream {
    /// The socket. Callers may set timeouts on it, shut it down, and write the bytes that [`TransportStream::seal`]
    /// returns. Write nothing else to it.
    pub stream: TcpStream,
    tls: Option<Tls>,
}

impl TransportStream {
    /// Takes over a connected socket. Performs the TLS handshake if the URL is a `wss:` URL.
    pub fn open(
        stream: TcpStream,
        url: &Url,
        trust: &Trust,
        budget: &Budget,
    ) -> Result<TransportStream, ConnectError> {
        let tls = match url.is_tls {
            true => Some(Tls::start(&stream, &url.host, trust, budget)?),
            false => None,
        };
        Ok(TransportStream { stream, tls })
    }

    /// Reads at most once from the socket. Holds no lock while it waits. Only one thread may call it.
    ///
    /// Returns `Some(0)` at the end of the stream. Returns `None` if the bytes were for TLS itself, or were not yet a whole
    /// record. The errors are those of read(2), and `InvalidData` if TLS rejects the input.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match &self.tls {
            None => (&self.stream).read(buffer).map(Some),
            Some(tls) => tls.read(&self.stream, buffer),
        }
    }

    /// Returns what to write to the socket for these bytes. With TLS, that includes TLS's own records, such as an answer to a key
    /// update. `is_last` means that no bytes follow these. Records must be written in the order in which they were sealed. So the caller
    /// must hold the lock of the write side until the records are written. Fails if TLS has failed before.
    pub fn seal(&self, bytes: Bytes, is_last: bool) -> io::Result<Bytes> {
        match &self.tls {
            None => Ok(bytes),
            Some(tls) => tls.seal(&bytes, is_last),
        }
    }

    /// Returns whether TLS has records of its own to send. Any thread may call it.
    pub(crate) fn has_own_records(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::has_own_records)
    }
}
