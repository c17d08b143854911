//! The address of a client behind a proxy.

use std::net::{IpAddr, SocketAddr};

use crate::server::http::head::Head;

/// Returns the address of the client behind a proxy: the last one in X-Forwarded-For.
///
/// Each proxy appends the address of its own peer, so the nearest proxy has written the last address. Only this proxy
/// is trusted (`--trust-proxy`). The earlier addresses were already in the request that this proxy received, and a
/// client can write anything there.
///
/// Anything but an IP address is ignored, so nothing else from the field reaches the log. Some proxies add a port,
/// which is dropped.
pub fn client_address(head: &Head) -> Option<IpAddr> {
    let value = head.values("x-forwarded-for").last()?;
    let last = value.rsplit(',').next()?.trim_matches([' ', '\t']);
    let with_port = || last.parse().ok().map(|address: SocketAddr| address.ip());
    last.parse().ok().or_else(with_port)
}
