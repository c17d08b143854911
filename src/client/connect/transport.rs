//! A socket, with or without TLS: what the two threads need of it. How they share TLS: [`tls`](crate::client::connect::tls).

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
    /// The socket, to set its timeouts and to shut it down. What is written to it must come from
    /// [`TransportStream::seal`].
    pub stream: TcpStream,
    tls: Option<Tls>,
}

impl TransportStream {
    /// Performs the TLS handshake, if the URL asks for TLS. The error says why the server is refused.
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

    /// Reads once from the socket, without any lock. Only one thread may call it.
    ///
    /// Returns `None` if the bytes were TLS's own or hold nothing for us yet, and `Some(0)` at the end of the stream. The
    /// errors are those of read(2), and `InvalidData` if TLS rejects the input.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match &self.tls {
            None => (&self.stream).read(buffer).map(Some),
            Some(tls) => tls.read(&self.stream, buffer),
        }
    }

    /// What goes to the socket for these bytes; `is_last` if nothing follows them. With TLS, the records that TLS itself
    /// has to send (an answer to a key update, an alert) come with them. Records must be written in the order in which
    /// they were sealed. So the caller holds the lock of the write side until they are written. It fails if
    /// TLS has ended.
    pub fn seal(&self, bytes: Bytes, is_last: bool) -> io::Result<Bytes> {
        match &self.tls {
            None => Ok(bytes),
            Some(tls) => tls.seal(&bytes, is_last),
        }
    }

    /// Whether TLS itself has something to send. Any thread may ask.
    pub(crate) fn has_own_records(&self) -> bool {
        self.tls.as_ref().is_some_and(Tls::has_own_records)
    }
}
