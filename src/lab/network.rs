//! A network that delays both directions of a connection.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use crate::lab::relay::Relay;

/// Puts a network with this delay in front of `server`, a connection to the server. Returns the near end, which the
/// client uses instead of `server`. Two threads forward the bytes, and end with the connection.
///
/// # Errors
/// Fails if a socket fails, another program connects first, or a thread cannot be started.
pub(crate) fn connect_through(delay: Duration, server: TcpStream) -> io::Result<TcpStream> {
    let relay = Arc::new(Relay {
        delay,
        ..Relay::default()
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    // The connection is already established, so this does not block.
    let (far, peer) = listener.accept()?;
    if peer != near.local_addr()? {
        return Err(io::Error::other("another program connected first"));
    }
    relay.forward([far, server])?;
    Ok(near)
}
