//! Which client a proxy speaks for.

use std::net::{IpAddr, SocketAddr};

use crate::server::http::head::Head;

/// The address of the client that a proxy speaks for: the last one in X-Forwarded-For.
///
/// Each proxy adds the address of its own peer at the end. So the last address is what the proxy in front of this server has
/// seen. All before it came with the request, and a client can write there what it likes. With `--trust-proxy` exactly one
/// proxy is trusted: the nearest.
///
/// What is no IP address is ignored, so nothing else of the field can reach the log. Some proxies add the port; it is dropped.
pub fn client_address(head: &Head) -> Option<IpAddr> {
    let value = head.values("x-forwarded-for").last()?;
    let last = value.rsplit(',').next()?.trim_matches([' ', '\t']);
    let with_port = || last.parse().ok().map(|address: SocketAddr| address.ip());
    last.parse().ok().or_else(with_port)
}
