//! Replaces the module `tls` when the feature `tls` is off. Every attempt to open a TLS connection then fails.

use std::io;
use std::net::TcpStream;

use tungstenite::Bytes;

use crate::client::connect::error::ConnectError;
use crate::client::connect::target::Trust;
use crate::client::connect::tcp::Budget;

/// The state of a TLS connection. Without the feature, no value of this type exists.
#[derive(Debug)]
pub(crate) enum Tls {}

impl Tls {
    pub(super) fn start(
        _: &TcpStream,
        _: &str,
        _: &Trust,
        _: &Budget,
    ) -> Result<Tls, ConnectError> {
        Err(ConnectError::Tls(
            "this client was built without TLS: build it with `--features tls`".to_owned(),
        ))
    }

    pub(super) fn read(&self, _: &TcpStream, _: &mut [u8]) -> io::Result<Option<usize>> {
        match *self {}
    }

    pub(super) fn seal(&self, _: &[u8], _: bool) -> io::Result<Bytes> {
        match *self {}
    }

    pub(crate) fn has_own_records(&self) -> bool {
        match *self {}
    }
}
