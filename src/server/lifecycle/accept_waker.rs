//! Ends the wait in accept(2) with a connection from the server to itself.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// A socket that a stop connects to the listener. It is created at bind time: a stop may find no free descriptor.
#[derive(Debug)]
pub(crate) struct AcceptWaker {
    socket: OwnedFd,
    from: SocketAddr,
    to: SocketAddr,
}

impl AcceptWaker {
    /// Makes a waker for the thread that accepts from this listener.
    ///
    /// # Errors
    /// Fails if the socket cannot be created or bound.
    pub(crate) fn new(listener: &TcpListener) -> io::Result<AcceptWaker> {
        let to = own_address(listener.local_addr()?);
        let family = if to.is_ipv4() {
            AddressFamily::INET
        } else {
            AddressFamily::INET6
        };
        // A stop must not wait for the connect.
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        let mut any_port = to;
        any_port.set_port(0);
        rustix::net::bind(&socket, &any_port)?;
        let from = rustix::net::getsockname(&socket)?.try_into()?;
        Ok(AcceptWaker { socket, from, to })
    }

    /// Returns the peer address that accept(2) reports for this socket.
    pub(crate) fn address(&self) -> SocketAddr {
        self.from
    }

    /// Connects to the listener without waiting. `accept` accepts all earlier connections first.
    pub(crate) fn wake(&self) {
        // An error may mean only that the connect is in progress. If the connect fails later, the stop ends at its
        // deadline.
        let _ = rustix::net::connect(&self.socket, &self.to);
    }
}

/// Returns where the server reaches itself: its own address, or the loopback address if it listens on all addresses.
fn own_address(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
